/** Runs plugins against a host made of plain objects, as the generated bindings would hand it over. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Column, Floats, Integers, log } from "../source/index.js";
import { checking, probing, transforming } from "../source/registration.js";

/** A batch of one column, from row 10 on. */
const rows = (/** @type {any} */ view, type = "integer") => ({
    dropped: 0,
    length: () => view.length,
    firstRow: () => 10n,
    columns: () => [{ name: "value", type, nullable: true, attributes: [] }],
    validity: () => view.valid,
    exceptions: () => undefined,
    integers: () => view.values,
    floats: () => view.values,
    [Symbol.dispose ?? Symbol.for("dispose")]() {
        this.dropped += 1;
    },
});

const host = () => {
    const said = /** @type {any[]} */ ([]);
    return {
        said,
        log: { write: (level, message) => said.push(["log", level, message]) },
        settings: { get: (name) => ({ most: "2" })[name] },
        findings: {
            report: (code, numbers) => said.push([code, ...numbers]),
            count: (code, more) => said.push([code, "more", more]),
        },
        lookup: { exists: () => Uint8Array.of(0b101) },
    };
};

const columns = [{ name: "value", type: "integer", nullable: true, attributes: [] }];

test("a check reports at the end of each call", () => {
    class Plugin {
        constructor(table, settings) {
            this.most = BigInt(settings.integer("most"));
            this.kept = [];
        }
        inspect(batch, findings) {
            findings.judge(batch.integers("value"), "unreadable", (value) => (value > this.most ? "above" : undefined));
            findings.reportAll("orphaned", batch.rows(batch.lookup([0], "target").missing()));
            this.kept.push(batch.row(0));
            this.column = batch.integers(0);
            assert.throws(() => findings.report("above", 0), /by its number/);
            assert.throws(() => batch.floats("value"), /column 0 is integer \(role `value`\), not floats/);
            assert.throws(() => batch.floats("other"), /no column is bound to the role `other`/);
        }
        close(findings) {
            assert.throws(() => this.column.get(0), /keep values, not columns/);
            findings.reportAll("kept", this.kept);
            findings.count("kept", 3);
        }
    }
    const { said, ...interfaces } = host();
    const check = checking(Plugin, interfaces);
    check.open("table", columns);
    check.inspect(rows(Integers.from([1, 3, null])));
    check.close();
    assert.deepEqual(said, [["above", 11n], ["orphaned", 11n], ["kept", "more", 3n], ["kept", 10n]]);
});

test("an error becomes the text of the interface, and the log has the stack", () => {
    const { said, ...interfaces } = host();
    class Plugin {
        constructor(table, settings) {
            settings.boolean("most");
        }
        inspect() {}
    }
    const thrown = (/** @type {() => void} */ call) => {
        try {
            call();
        } catch (text) {
            return text;
        }
    };
    const check = checking(Plugin, interfaces);
    assert.equal(thrown(() => check.open("table", columns)), "the setting `most` is `2`, which is not true or false");
    assert.equal(said[0][1], 0);
    assert.equal(thrown(() => check.close()), "the check was not opened");
    const late = checking(class { async inspect() {} }, interfaces);
    late.open("table", columns);
    assert.match(thrown(() => late.inspect(rows(Integers.from([1])))), /not asynchronous/);
    assert.throws(() => checking(undefined, interfaces), /exports nothing by default/);
});

test("a transform says its columns, sets them and refuses rows", () => {
    class Plugin {
        constructor() {
            this.outputs = [Column.decimal("value", 12, 2)];
        }
        apply(batch, output) {
            output.decimals(0, [5n, null]);
            output.refuse("odd", 2);
            log.debug("done");
        }
    }
    const { said, ...interfaces } = host();
    const transform = transforming(Plugin, interfaces);
    const attributes = [["precision", "12"], ["scale", "2"]];
    assert.deepEqual(transform.open("table", columns), [{ name: "value", type: "decimal", nullable: true, attributes }]);
    const set = /** @type {any[]} */ ([]);
    const builder = { decimals: (...values) => set.push(values), refuse: (indices, code) => set.push([code, ...indices]) };
    transform.apply(rows(Floats.from([1, 2, 3]), "float"), /** @type {any} */ (builder));
    assert.deepEqual(set, [[0, Uint8Array.from([5, ...Array(31).fill(0)]), Uint8Array.of(0b11111101)], ["odd", 2]]);
    assert.deepEqual(said, [["log", 3, "done"]]);
});

test("a probe gives its answers back once", () => {
    const answers = /** @type {any[]} */ ([]);
    const { said, ...interfaces } = host();
    const query = {
        run: () => {
            answers.push(rows(Integers.from([7])));
            return answers.at(-1);
        },
    };
    const probe = probing(
        (settings, queries, findings) => {
            const first = queries.run("first");
            first.release();
            const second = queries.run("second");
            findings.reportAll("found", second.rows());
            findings.count("found", second.integers(0).get(0));
        },
        { ...interfaces, query },
    );
    probe.run();
    assert.deepEqual(said, [["found", "more", 7n], ["found", 10n]]);
    assert.deepEqual(answers.map(({ dropped }) => dropped), [1, 1]);
});
