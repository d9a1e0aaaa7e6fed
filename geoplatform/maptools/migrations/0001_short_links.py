"""The table of short links."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="ShortLink",
            fields=[
                ("code", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("target", models.TextField(unique=True)),
                ("made_on", models.DateField(auto_now_add=True)),
                ("used_on", models.DateField(db_index=True)),
            ],
        ),
    ]
