"""The tables of those who follow and of the letters that wait for them."""

import django.db.models.deletion
from django.db import migrations, models

from geoplatform.changes.models import new_reference


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(default=new_reference, max_length=24, unique=True)),
                ("sealed", models.BinaryField()),
                ("same", models.CharField(max_length=64, unique=True)),
                ("recipient", models.CharField(db_index=True, max_length=64)),
                ("frequency", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("told", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField(null=True)),
                ("letters", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("confirmed_at__isnull", False)), fields=["due_at"], name="changes_due")
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("windows", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "follower",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="waiting", to="changes.follower"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("follower", "number"), name="changes_letter_once")],
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("claimed_at"), nulls_first=True), models.F("id"), name="changes_unclaimed"
                    )
                ],
            },
        ),
    ]
