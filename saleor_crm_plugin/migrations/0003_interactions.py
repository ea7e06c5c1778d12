"""Lines of purchases, interactions, and views.

Interactions and views are cut into months: Django makes no partitioned tables, so theirs are written out. The months
themselves are made when they are needed (activity/interactions.py). Lines are here because makemigrations splits a foreign key
that is a part of a key from the model that it belongs to.
"""

import django.db.models.deletion
from django.db import migrations, models

_TABLE = """
CREATE TABLE crm_interaction (
    source varchar(80) NOT NULL,
    at timestamptz NOT NULL,
    kind varchar(14) NOT NULL,
    contact_id bigint REFERENCES crm_contact (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    visitor_id varchar(64) NOT NULL,
    order_id varchar(36),
    product_id varchar(36),
    variant_id varchar(36),
    quantity integer NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (source, at),
    CONSTRAINT crm_interaction_of_somebody CHECK (contact_id IS NOT NULL OR visitor_id <> '')
) PARTITION BY RANGE (at);
CREATE INDEX crm_interaction_contact ON crm_interaction (contact_id, at);
CREATE INDEX crm_interaction_order ON crm_interaction (order_id) WHERE order_id IS NOT NULL;
"""

_VIEWS = """
CREATE TABLE crm_view (
    visitor_id varchar(64) NOT NULL,
    event_id varchar(101) NOT NULL,
    at timestamptz NOT NULL,
    kind varchar(13) NOT NULL,
    contact_id bigint REFERENCES crm_contact (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    product_id varchar(36),
    variant_id varchar(36),
    category_id varchar(36),
    query varchar(200) NOT NULL,
    PRIMARY KEY (visitor_id, event_id, at),
    CONSTRAINT crm_view_of_somebody CHECK (contact_id IS NOT NULL OR visitor_id <> '')
) PARTITION BY RANGE (at);
CREATE INDEX crm_view_contact ON crm_view (contact_id, at) WHERE contact_id IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('saleor_crm', '0002_customers'),
    ]

    operations = [
        migrations.CreateModel(
            name='PurchaseLine',
            fields=[
                ('pk', models.CompositePrimaryKey('purchase_id', 'line_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('purchase', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='saleor_crm.purchase')),
                ('line_id', models.CharField(max_length=36)),
                ('product_id', models.CharField(max_length=36, null=True)),
                ('variant_id', models.CharField(max_length=36, null=True)),
                ('quantity', models.PositiveIntegerField()),
                ('returned', models.PositiveIntegerField(default=0)),
                ('total', models.DecimalField(decimal_places=3, max_digits=20)),
                ('gift_card', models.BooleanField(default=False)),
            ],
            options={
                'db_table': 'crm_purchase_line',
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_TABLE, "DROP TABLE crm_interaction")],
            state_operations=[
                migrations.CreateModel(
                    name='Interaction',
                    fields=[
                        ('pk', models.CompositePrimaryKey('source', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('source', models.CharField(max_length=80)),
                        ('at', models.DateTimeField()),
                        ('kind', models.CharField(choices=[('return', 'Return')], max_length=14)),
                        ('visitor_id', models.CharField(default='', max_length=64)),
                        ('order_id', models.CharField(max_length=36, null=True)),
                        ('product_id', models.CharField(max_length=36, null=True)),
                        ('variant_id', models.CharField(max_length=36, null=True)),
                        ('quantity', models.PositiveIntegerField()),
                        ('contact', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='interactions', to='saleor_crm.contact')),
                    ],
                    options={
                        'db_table': 'crm_interaction',
                        'indexes': [
                            models.Index(fields=['contact', 'at'], name='crm_interaction_contact'),
                            models.Index(condition=models.Q(('order_id', None), _negated=True), fields=['order_id'], name='crm_interaction_order'),
                        ],
                        'constraints': [models.CheckConstraint(condition=models.Q(('contact', None), ('visitor_id', ''), _negated=True), name='crm_interaction_of_somebody')],
                    },
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_VIEWS, "DROP TABLE crm_view")],
            state_operations=[
                migrations.CreateModel(
                    name='View',
                    fields=[
                        ('pk', models.CompositePrimaryKey('visitor_id', 'event_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('visitor_id', models.CharField(default='', max_length=64)),
                        ('event_id', models.CharField(max_length=101)),
                        ('at', models.DateTimeField()),
                        ('kind', models.CharField(choices=[('product_view', 'Product View'), ('category_view', 'Category View'), ('search', 'Search')], max_length=13)),
                        ('product_id', models.CharField(max_length=36, null=True)),
                        ('variant_id', models.CharField(max_length=36, null=True)),
                        ('category_id', models.CharField(max_length=36, null=True)),
                        ('query', models.CharField(default='', max_length=200)),
                        ('contact', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='views', to='saleor_crm.contact')),
                    ],
                    options={
                        'db_table': 'crm_view',
                        'indexes': [models.Index(condition=models.Q(('contact', None), _negated=True), fields=['contact', 'at'], name='crm_view_contact')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('contact', None), ('visitor_id', ''), _negated=True), name='crm_view_of_somebody')],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='ViewBudget',
            fields=[
                ('slot', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('minute', models.DateTimeField()),
                ('used', models.PositiveIntegerField()),
            ],
            options={
                'db_table': 'crm_view_budget',
            },
        ),
    ]
