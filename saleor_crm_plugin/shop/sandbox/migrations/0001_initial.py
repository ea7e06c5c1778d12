import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('currency', models.CharField(max_length=3)),
            ],
            options={
                'db_table': 'sandbox_channel',
            },
        ),
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('name', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('value', models.JSONField(null=True)),
            ],
            options={
                'db_table': 'sandbox_setting',
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('size', models.CharField(blank=True, max_length=20)),
                ('colour', models.CharField(blank=True, max_length=40)),
                ('translations', models.JSONField(default=dict)),
                ('metadata', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
            ],
            options={
                'db_table': 'sandbox_variant',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('first_name', models.CharField(blank=True, max_length=100)),
                ('last_name', models.CharField(blank=True, max_length=100)),
                ('language', models.CharField(default='en', max_length=12)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('active', models.BooleanField(default=True)),
                ('metadata', models.JSONField(default=dict)),
            ],
            options={
                'db_table': 'sandbox_user',
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('slug', models.SlugField(unique=True)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='crm_sandbox.category')),
            ],
            options={
                'db_table': 'sandbox_category',
            },
        ),
        migrations.CreateModel(
            name='Checkout',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('language', models.CharField(default='en', max_length=12)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('metadata', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='crm_sandbox.channel')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='checkouts', to='crm_sandbox.user')),
            ],
            options={
                'db_table': 'sandbox_checkout',
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(unique=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('unconfirmed', 'Unconfirmed'), ('unfulfilled', 'Unfulfilled'), ('partially fulfilled', 'Partially Fulfilled'), ('fulfilled', 'Fulfilled'), ('partially_returned', 'Partially Returned'), ('returned', 'Returned'), ('canceled', 'Canceled'), ('expired', 'Expired')], default='unfulfilled', max_length=32)),
                ('checkout_id', models.UUIDField(db_index=True, null=True)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('language', models.CharField(default='en', max_length=12)),
                ('billing_name', models.CharField(blank=True, max_length=200)),
                ('shipping_name', models.CharField(blank=True, max_length=200)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('total', models.DecimalField(decimal_places=2, max_digits=10)),
                ('refunded', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('paid', models.BooleanField(default=False)),
                ('placed_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='crm_sandbox.channel')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to='crm_sandbox.user')),
            ],
            options={
                'db_table': 'sandbox_order',
            },
        ),
        migrations.CreateModel(
            name='Fulfilment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('fulfilled', 'Fulfilled'), ('returned', 'Returned')], max_length=32)),
                ('created_at', models.DateTimeField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fulfilments', to='crm_sandbox.order')),
            ],
            options={
                'db_table': 'sandbox_fulfilment',
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('fulfilled', models.PositiveIntegerField(default=0)),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=10)),
                ('net', models.DecimalField(decimal_places=2, max_digits=10)),
                ('gift_card', models.BooleanField(default=False)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='crm_sandbox.order')),
            ],
            options={
                'db_table': 'sandbox_orderline',
            },
        ),
        migrations.CreateModel(
            name='FulfilmentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('fulfilment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='crm_sandbox.fulfilment')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fulfilment_lines', to='crm_sandbox.orderline')),
            ],
            options={
                'db_table': 'sandbox_fulfilmentline',
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('slug', models.SlugField(max_length=200, unique=True)),
                ('attributes', models.JSONField(default=dict)),
                ('brand', models.CharField(blank=True, max_length=60)),
                ('season', models.CharField(blank=True, max_length=20)),
                ('published', models.BooleanField(default=True)),
                ('gift_card', models.BooleanField(db_default=False)),
                ('translations', models.JSONField(default=dict)),
                ('metadata', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='products', to='crm_sandbox.category')),
            ],
            options={
                'db_table': 'sandbox_product',
            },
        ),
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('variant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='stock', serialize=False, to='crm_sandbox.variant')),
                ('quantity', models.PositiveIntegerField(default=0)),
            ],
            options={
                'db_table': 'sandbox_stock',
            },
        ),
        migrations.AddField(
            model_name='variant',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='crm_sandbox.product'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='variant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='crm_sandbox.variant'),
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.DecimalField(decimal_places=2, max_digits=10)),
                ('undiscounted', models.DecimalField(decimal_places=2, max_digits=10)),
                ('listed', models.BooleanField(default=True)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='crm_sandbox.channel')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='crm_sandbox.variant')),
            ],
            options={
                'db_table': 'sandbox_price',
                'constraints': [models.UniqueConstraint(fields=('variant', 'channel'), name='sandbox_price_variant_channel')],
            },
        ),
        migrations.CreateModel(
            name='CheckoutLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=10)),
                ('checkout', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='crm_sandbox.checkout')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='crm_sandbox.variant')),
            ],
            options={
                'db_table': 'sandbox_checkoutline',
                'constraints': [models.UniqueConstraint(fields=('checkout', 'variant'), name='sandbox_checkoutline_variant')],
            },
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['changed_at', 'id'], name='sandbox_order_changed'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['placed_at', 'id'], name='sandbox_order_placed'),
        ),
        migrations.AddIndex(
            model_name='checkout',
            index=models.Index(fields=['changed_at', 'id'], name='sandbox_checkout_changed'),
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE sandbox_order_number START 1001", "DROP SEQUENCE sandbox_order_number"
        ),
    ]
