/** The statements of a probe's manifest. */

import { Batch } from "./batch.js";

/** Asks the database by the statements that the manifest names, and by no others. */
export class Queries {
    #run;
    /** @type {Batch[]} */
    #answers = [];

    /** @param {(statement: string) => import("./batch.js").Handle} run */
    constructor(run) {
        this.#run = run;
    }

    /**
     * Runs a statement. One that fails, or gives more rows than the host allows, stops the probe. The host lets a probe hold
     * 16 answers; one that asks more often calls `release` on those that it has read.
     *
     * @param {string} statement
     */
    run(statement) {
        const answer = Batch.owned(this.#run(statement), statement);
        this.#answers.push(answer);
        return answer;
    }

    /** Gives all answers back. The SDK calls it. */
    release() {
        for (const answer of this.#answers.splice(0)) {
            answer.release();
        }
    }
}
