class CarbonRouter:
    """Models of ada-carbon's tables are read from its database; no migration ever touches that."""

    def db_for_read(self, model, **hints):
        return None if model._meta.managed else "carbon"

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"
