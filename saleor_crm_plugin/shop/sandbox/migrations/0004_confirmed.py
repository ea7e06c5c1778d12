from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm_sandbox', '0003_paying'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='confirmed',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='user',
            name='changed_at',
            field=models.DateTimeField(db_index=True, null=True),
        ),
    ]
