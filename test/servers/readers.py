"""What pandas, polars, fastparquet and Spark read from a folder of ada-carbon, or write for it to import.

readers.py read FOLDER   prints {reader: {"tables": {"kind name": [six sums]}, "published": {file: [six sums]}}}
readers.py sums FOLDER KIND prints {name: [six sums]} of a kind by Spark, in kind=KIND read where it lies
readers.py write FILE TO writes the rows of a file of eight columns anew with every tool, and prints the paths
"""

import glob
import json
import os
import sys

SIX = [
    "busy_usage_cpu_seconds_total",
    "idle_usage_cpu_seconds_total",
    "busy_usage_kwh",
    "idle_usage_kwh",
    "busy_usage_gCO2eq",
    "idle_usage_gCO2eq",
]


def spark_session():
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def sums(frame):
    """Of a pandas frame."""
    return [float(frame[name].sum()) for name in SIX]


def by_scope(frame):
    return {f"{kind} {name}": sums(rows) for (kind, name), rows in frame.groupby(["kind", "name"], observed=True)}


def read(folder):
    import pandas
    import polars

    published = sorted(glob.glob(f"{folder}/usage/**/*.parquet", recursive=True))
    tables = sorted(glob.glob(f"{folder}/hours/**/*.parquet", recursive=True))

    def kind_of(path):
        return path.split("kind=")[1].split("/")[0]

    def with_kind(read_file):
        return pandas.concat([read_file(path).assign(kind=kind_of(path)) for path in tables])

    def all_of(read_file, scopes):
        return {"tables": scopes, "published": {os.path.relpath(path, folder): sums(read_file(path)) for path in published}}

    result = {}
    pyarrow = lambda path: pandas.read_parquet(path, engine="pyarrow", partitioning=None)
    result["pandas"] = all_of(pyarrow, by_scope(pandas.read_parquet(f"{folder}/hours")))
    fast = lambda path: pandas.read_parquet(path, engine="fastparquet")
    result["fastparquet"] = all_of(fast, by_scope(with_kind(fast)))

    rows = polars.scan_parquet(f"{folder}/hours/**/*.parquet", hive_partitioning=True, missing_columns="insert", extra_columns="ignore")
    grouped = rows.group_by("kind", "name").agg([polars.col(name).sum() for name in SIX]).collect()
    result["polars"] = all_of(
        lambda path: polars.read_parquet(path).to_pandas(),
        {f"{row['kind']} {row['name']}": [row[name] for name in SIX] for row in grouped.to_dicts()},
    )

    spark = spark_session()
    grouped = spark.read.parquet(f"{folder}/hours").groupBy("kind", "name").sum(*SIX).collect()
    result["spark"] = all_of(
        lambda path: spark.read.parquet(path).toPandas(),
        {f"{row['kind']} {row['name']}": [row[f"sum({name})"] for name in SIX] for row in grouped},
    )
    return result


def sums_of_kind(folder, kind):
    rows = spark_session().read.parquet(f"{folder}/hours").where(f"kind = '{kind}'").groupBy("name").sum(*SIX).collect()
    return {row["name"]: [row[f"sum({name})"] for name in SIX] for row in rows}


def write(file, to):
    import pandas
    import polars

    frame = pandas.read_parquet(file)
    # Other columns first, rows unsorted, texts as categories, an index that is no column of ours.
    shuffled = frame[list(reversed(frame.columns))].sample(frac=1, random_state=1)
    naive = shuffled.assign(timestamp=shuffled["timestamp"].dt.tz_localize(None).astype("datetime64[ns]"))
    paths = {name: os.path.join(to, f"{name}.parquet") for name in ["pandas", "fastparquet", "polars", "categories"]}
    shuffled.assign(status=shuffled["status"].astype("category")).to_parquet(paths["pandas"])
    naive.assign(status=naive["status"].astype(str)).to_parquet(paths["fastparquet"], engine="fastparquet", times="int96")
    plain = polars.from_pandas(shuffled.reset_index(drop=True)).with_columns(polars.col("status").cast(polars.String))
    plain.write_parquet(paths["polars"])
    plain.with_columns(polars.col("status").cast(polars.Categorical)).write_parquet(paths["categories"])

    spark = spark_session()
    rows = spark.read.parquet(file)
    for kind in ["INT96", "TIMESTAMP_MICROS"]:
        spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
        folder = os.path.join(to, kind)
        rows.coalesce(1).write.parquet(folder)
        [paths[f"spark {kind}"]] = glob.glob(f"{folder}/*.parquet")
    return paths


command, *arguments = sys.argv[1:]
print(json.dumps({"read": read, "sums": sums_of_kind, "write": write}[command](*arguments)))
