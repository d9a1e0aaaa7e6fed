"""The table of remarks."""

import django.db.models.deletion
from django.db import migrations, models

from geoplatform.remarks.models import new_reference


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(default=new_reference, max_length=16, unique=True)),
                ("layer", models.CharField(max_length=64)),
                ("feature", models.CharField(max_length=500)),
                ("place", models.CharField(max_length=500)),
                ("kind", models.CharField(max_length=16)),
                ("text", models.CharField(max_length=1000)),
                ("staff", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("state", models.CharField(default="new", max_length=16)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.BigIntegerField(null=True)),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("answer", models.CharField(blank=True, max_length=1000)),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="merged", to="remarks.remark"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "made_at"], name="remarks_queue"),
                    models.Index(fields=["layer", "feature"], name="remarks_place"),
                ]
            },
        ),
    ]
