import { remembered } from "../../usage/remembered.js";
import type { Call } from "./ast.js";
import { PromqlError } from "./errors.js";
import type { Labels } from "./labels.js";
import { compileRegex, expandTemplate } from "./regex.js";
import { assertDistinct, type Element } from "./values.js";

const LABEL_NAME = /^[A-Za-z_]\w*$/;

/** Evaluates one `label_replace(v, destination, replacement, source, regex)`. */
export class LabelReplacement {
  readonly #destination: string;
  readonly #replacement: string;
  readonly #source: string;
  readonly #regex: RegExp;
  readonly #known = new Map<Labels, Labels>();

  constructor(call: Call) {
    const [, destination, replacement, source, regex] = call.args.map((expr) =>
      expr.kind === "string" ? expr.value : "",
    );
    this.#destination = destination ?? "";
    this.#replacement = replacement ?? "";
    this.#source = source ?? "";
    this.#regex = anchored(regex ?? "");
    if (!LABEL_NAME.test(this.#destination))
      throw refuse(`invalid destination label name in label_replace(): ${this.#destination}`);
  }

  evaluate(elements: readonly Element[]): readonly Element[] {
    return assertDistinct(elements.map(({ labels, value }) => ({ labels: this.#replace(labels), value })));
  }

  #replace(labels: Labels): Labels {
    return remembered(this.#known, labels, () => {
      const match = this.#regex.exec(labels.get(this.#source));
      return match === null
        ? labels
        : labels.with(this.#destination, expandTemplate(this.#replacement, match));
    });
  }
}

/** Prometheus looks at these arguments only when it evaluates. */
function refuse(message: string): PromqlError {
  return new PromqlError("execution", message);
}

function anchored(pattern: string): RegExp {
  try {
    return compileRegex(pattern);
  } catch (error) {
    throw refuse(`invalid regular expression in label_replace(): ${pattern}: ${String(error)}`);
  }
}
