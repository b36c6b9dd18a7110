"""Models of ada-carbon's tables, as `manage.py inspectdb --database carbon --include-views` makes them.

Shortened to what the views here read. Of a database view, inspectdb cannot know the key: it is the first column.
"""

from django.db import models


class AdaCarbonHours(models.Model):
    """Every stored hour of every scope: `kind` is ada, project, machine, group, user, experiment or host."""

    hour_key = models.TextField(primary_key=True)
    kind = models.TextField()
    name = models.TextField()
    timestamp_utc = models.DateTimeField()
    busy_kwh = models.FloatField(blank=True, null=True)
    idle_kwh = models.FloatField(blank=True, null=True)
    busy_gco2eq = models.FloatField(blank=True, null=True)
    idle_gco2eq = models.FloatField(blank=True, null=True)
    coverage = models.FloatField(blank=True, null=True)
    status = models.TextField()

    class Meta:
        managed = False
        db_table = "ada_carbon_hours"


class DimUser(models.Model):
    user_id = models.BigAutoField(primary_key=True)
    ext_user_id = models.TextField(unique=True, blank=True, null=True)
    display_name = models.TextField(blank=True, null=True)

    class Meta:
        managed = False
        db_table = "dim_user"


class DimInstance(models.Model):
    instance_id = models.BigAutoField(primary_key=True)
    hostname = models.TextField(unique=True)

    class Meta:
        managed = False
        db_table = "dim_instance"


class WorkspaceSession(models.Model):
    workspace_session_id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(DimUser, models.DO_NOTHING, blank=True, null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(blank=True, null=True)
    busy_kwh = models.FloatField(blank=True, null=True)
    idle_kwh = models.FloatField(blank=True, null=True)
    busy_gco2eq = models.FloatField(blank=True, null=True)
    idle_gco2eq = models.FloatField(blank=True, null=True)

    class Meta:
        managed = False
        db_table = "workspace_session"


class WorkspaceSessionDetail(models.Model):
    workspace_session = models.OneToOneField(
        WorkspaceSession, models.DO_NOTHING, primary_key=True, related_name="detail"
    )
    site = models.TextField()
    instance = models.ForeignKey(DimInstance, models.DO_NOTHING)
    counted_until = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "workspace_session_detail"
