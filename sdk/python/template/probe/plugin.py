"""The probe {{name}}: the database counts blank values, the plugin reports them. Put your own rule into `run`."""

from limosa import Error, Findings, Probe, Queries, Settings


class Plugin(Probe):
    """The only class here that is derived from Probe, so this is the plugin."""

    def run(self, settings: Settings, queries: Queries, findings: Findings) -> None:
        # `total` and `sample` are the statements of plugin.toml; no other can be run.
        (total,) = queries.run("total").integers(0)
        if total is None:
            raise Error("the statement `total` gave no count")
        if total > settings.integer("allowed"):
            sample = queries.run("sample")
            # The rows of an answer are reported like the rows of a batch; a report shows their values.
            findings.report("blank", sample.rows)
            # What the sample does not name is counted. Rows may have come or gone between the two statements.
            findings.count("blank", max(0, total - len(sample)))
