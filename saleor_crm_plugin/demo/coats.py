"""The demo's newsletter, as its owner writes it. ``mailing.py`` puts numbers of categories in place of slugs."""

COATS = '''\
name = "Coats"
channels = ["eu"]
language = "en"                 # who speaks none of the languages below gets this one
test_percent = 60
test_by = "clicks"
test_minutes = 360

[audience.where]
never_bought = [{ categories = ["@women-coats-jackets", "@men-coats-jackets"] }]

[[audience.where.bought]]
categories = ["@women-knitwear", "@men-knitwear", "@accessories-scarves", "@accessories-hats"]
within_days = 730

[audience.but_not]
ordered_within_days = 7

[[texts]]
language = "en"
subject = "The new coats are here"
preview = "Wool, down and rain: all of them, and yours"
body = """
<h1>The new coats are here</h1>
<p>You have the knitwear and the scarf. Here is what goes over them.</p>
{% products "recommended" limit=2 category="women-coats-jackets" title="For women" %}
{% products "recommended" limit=2 category="men-coats-jackets" title="For men" %}
{% button "See all coats" shop.url %}
{% products "recommended" limit=4 title="And chosen for you" %}
"""

[[texts]]
version = "b"
language = "en"
subject = "What goes over your knitwear?"
preview = "Wool, down and rain: all of them, and yours"
body = """
<h1>What goes over your knitwear?</h1>
<p>You have the knitwear and the scarf. Here is what goes over them.</p>
{% products "recommended" limit=2 category="women-coats-jackets" title="For women" %}
{% products "recommended" limit=2 category="men-coats-jackets" title="For men" %}
{% button "See all coats" shop.url %}
{% products "recommended" limit=4 title="And chosen for you" %}
"""

[[texts]]
language = "de"
subject = "Die neuen Mäntel sind da"
preview = "Wolle, Daune und Regen: alle, und Ihrer"
body = """
<h1>Die neuen Mäntel sind da</h1>
<p>Strick und Schal haben Sie schon. Hier ist, was darüber passt.</p>
{% products "recommended" limit=2 category="women-coats-jackets" title="Für Damen" %}
{% products "recommended" limit=2 category="men-coats-jackets" title="Für Herren" %}
{% button "Alle Mäntel ansehen" shop.url %}
{% products "recommended" limit=4 title="Und für Sie ausgesucht" %}
"""

[[texts]]
version = "b"
language = "de"
subject = "Was passt über Ihren Strick?"
preview = "Wolle, Daune und Regen: alle, und Ihrer"
body = """
<h1>Was passt über Ihren Strick?</h1>
<p>Strick und Schal haben Sie schon. Hier ist, was darüber passt.</p>
{% products "recommended" limit=2 category="women-coats-jackets" title="Für Damen" %}
{% products "recommended" limit=2 category="men-coats-jackets" title="Für Herren" %}
{% button "Alle Mäntel ansehen" shop.url %}
{% products "recommended" limit=4 title="Und für Sie ausgesucht" %}
"""

[[texts]]
language = "fr"
subject = "Les nouveaux manteaux sont là"
preview = "Laine, duvet et pluie : tous, et le vôtre"
body = """
<h1>Les nouveaux manteaux sont là</h1>
<p>Vous avez déjà la maille et l'écharpe. Voici ce qui va par-dessus.</p>
{% products "recommended" limit=2 category="women-coats-jackets" title="Femme" %}
{% products "recommended" limit=2 category="men-coats-jackets" title="Homme" %}
{% button "Voir tous les manteaux" shop.url %}
{% products "recommended" limit=4 title="Et choisi pour vous" %}
"""

[[texts]]
version = "b"
language = "fr"
subject = "Que porter par-dessus votre pull ?"
preview = "Laine, duvet et pluie : tous, et le vôtre"
body = """
<h1>Que porter par-dessus votre pull ?</h1>
<p>Vous avez déjà la maille et l'écharpe. Voici ce qui va par-dessus.</p>
{% products "recommended" limit=2 category="women-coats-jackets" title="Femme" %}
{% products "recommended" limit=2 category="men-coats-jackets" title="Homme" %}
{% button "Voir tous les manteaux" shop.url %}
{% products "recommended" limit=4 title="Et choisi pour vous" %}
"""
'''
