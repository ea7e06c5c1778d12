from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm_sandbox', '0002_vouchers'),
    ]

    operations = [
        migrations.AddField(
            model_name='checkout',
            name='paying',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
