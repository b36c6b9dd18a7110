import type { Call } from "./ast.js";
import { PromqlError } from "./errors.js";
import { compileRegex, expandTemplate } from "./regex.js";
import { assertDistinct, type Element } from "./values.js";

const LABEL_NAME = /^[A-Za-z_]\w*$/;

/** `label_replace(v, destination, replacement, source, regex)` of the elements of v. */
export function labelReplace({ args }: Call, elements: readonly Element[]): readonly Element[] {
  const [, destination = "", replacement = "", source = "", pattern = ""] = args.map((expr) =>
    expr.kind === "string" ? expr.value : "",
  );
  const regex = anchored(pattern);
  if (!LABEL_NAME.test(destination))
    throw refuse(`invalid destination label name in label_replace(): ${destination}`);
  const replaced = elements.map(({ labels, value }) => {
    const match = regex.exec(labels.get(source));
    const added = match && labels.with(destination, expandTemplate(replacement, match));
    return { labels: added ?? labels, value };
  });
  return assertDistinct(replaced);
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
