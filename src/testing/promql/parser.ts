import {
  AGGREGATIONS,
  type AggregateOp,
  type BinaryOp,
  COMPARISONS,
  type Expr,
  type Matching,
} from "./ast.js";
import { parseDuration } from "./duration.js";
import { badQuery, type PromqlError, unsupported } from "./errors.js";
import { type Token, type TokenKind, tokenize } from "./lexer.js";
import { createMatcher, type Matcher, type MatchOp } from "./matchers.js";
import { checkBinary, checkCall, expectType, FUNCTIONS, typeOf } from "./types.js";

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ["unless", 2],
  ...COMPARISONS.map((op): [string, number] => [op, 3]),
  ["+", 4],
  ["-", 4],
  ["*", 5],
  ["/", 5],
]);
const NOT_HERE: readonly string[] = ["%", "^", "@", "atan2", "group_left", "group_right"];
/** Prometheus's own default for `[1h:]`: the global evaluation interval. */
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

/** Reads a query of the subset, or refuses it as `bad_data` with the reason. */
export function parseQuery(query: string): Expr {
  const parser = new Parser(tokenize(query));
  const expr = parser.binary(1);
  parser.end();
  return expr;
}

/** Reads a bare selector, as in `match[]`. */
export function parseMatchers(selector: string): readonly Matcher[] {
  const expr = parseQuery(selector);
  if (expr.kind !== "selector") throw badQuery(`expected a series selector, got ${selector}`);
  return expr.matchers;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#peek.kind !== "end") throw this.#unexpected("end of query");
  }

  /** Operators of at least this precedence, all of which associate to the left. */
  binary(minimum: number): Expr {
    let left = this.#unary();
    for (;;) {
      const precedence = this.#precedence();
      if (precedence === undefined || precedence < minimum) return left;
      const op = this.#advance().text.toLowerCase() as BinaryOp;
      const bool = this.#word("bool");
      const matching = this.#matching();
      const right = this.binary(precedence + 1);
      left = checkBinary({ kind: "binary", op, bool, matching, left, right });
    }
  }

  #unary(): Expr {
    if (this.#symbol("+")) return this.#signed();
    if (!this.#symbol("-")) return this.#postfix();
    const expr = this.#signed();
    return expr.kind === "number" ? { kind: "number", value: -expr.value } : { kind: "negation", expr };
  }

  #signed(): Expr {
    const expr = this.#unary();
    const type = typeOf(expr);
    if (type !== "scalar" && type !== "instant vector")
      throw badQuery(`unary expression only allowed on scalars and instant vectors, got ${type}`);
    return expr;
  }

  #postfix(): Expr {
    const inParentheses = this.#peek.text === "(" && this.#peek.kind === "symbol";
    let expr = this.#primary();
    for (let first = true; ; first = false) {
      if (this.#symbol("[")) expr = this.#range(expr, inParentheses && first);
      else if (this.#word("offset")) expr = this.#offset(expr, inParentheses && first);
      else return expr;
    }
  }

  #range(expr: Expr, inParentheses: boolean): Expr {
    const rangeMs = this.#duration();
    if (this.#symbol("]")) {
      if (expr.kind !== "selector" || inParentheses)
        throw badQuery("ranges only allowed for vector selectors");
      if (expr.offsetMs !== undefined) throw badQuery("no offset modifiers allowed before range");
      return { kind: "range", matchers: expr.matchers, rangeMs };
    }
    this.#expect(":");
    const stepMs = this.#peek.kind === "duration" ? this.#duration() : DEFAULT_SUBQUERY_STEP_MS;
    this.#expect("]");
    expectType(expr, "instant vector", "subquery");
    return { kind: "subquery", expr, rangeMs, stepMs };
  }

  #offset(expr: Expr, inParentheses: boolean): Expr {
    const sign = this.#symbol("-") ? -1 : 1;
    const offsetMs = sign * parseDuration(this.#take("duration").text);
    if (inParentheses || (expr.kind !== "selector" && expr.kind !== "range" && expr.kind !== "subquery"))
      throw badQuery("offset modifier must be preceded by a selector or a subquery");
    if (expr.offsetMs !== undefined) throw badQuery("offset may not be set multiple times");
    return { ...expr, offsetMs };
  }

  #primary(): Expr {
    if (this.#symbol("(")) {
      const expr = this.binary(1);
      this.#expect(")");
      return expr;
    }
    const token = this.#peek;
    if (token.kind === "number") return { kind: "number", value: Number(this.#advance().text) };
    if (token.kind === "string") return { kind: "string", value: this.#advance().text };
    if (token.kind === "symbol" && token.text === "{") return this.#selector(undefined);
    if (token.kind !== "word") throw this.#unexpected("an expression");
    return this.#named(this.#advance().text);
  }

  /** Something that begins with a word: a constant, an aggregation, a call, or a metric. */
  #named(word: string): Expr {
    const lower = word.toLowerCase();
    if (lower === "inf") return { kind: "number", value: Number.POSITIVE_INFINITY };
    if (lower === "nan") return { kind: "number", value: Number.NaN };
    if (NOT_HERE.includes(lower)) throw unsupported(word);
    const next = this.#peek.text.toLowerCase();
    const aggregation = AGGREGATIONS.find((op) => op === lower);
    if (aggregation !== undefined && ["(", "by", "without"].includes(next))
      return this.#aggregate(aggregation);
    if (next === "(" && !FUNCTIONS.has(word)) throw unsupported(`${word}(...)`);
    if (next === "by" || next === "without") throw unsupported(`the aggregation ${word}`);
    if (next !== "(") return this.#selector(word);
    this.#expect("(");
    return checkCall({ kind: "call", name: word, args: this.#list(")", () => this.binary(1)) });
  }

  #aggregate(op: AggregateOp): Expr {
    const before = this.#grouping();
    this.#expect("(");
    const expr = this.binary(1);
    if (this.#peek.text === ",") throw this.#unexpected(`one argument to ${op}`);
    this.#expect(")");
    expectType(expr, "instant vector", "aggregation expression");
    const { by, labels } = before ?? this.#grouping() ?? { by: true, labels: [] };
    return { kind: "aggregate", op, by, labels, expr };
  }

  #grouping(): { by: boolean; labels: readonly string[] } | undefined {
    if (this.#word("by")) return { by: true, labels: this.#labelNames() };
    if (this.#word("without")) return { by: false, labels: this.#labelNames() };
    return undefined;
  }

  #matching(): Matching {
    if (this.#word("on")) return { on: true, labels: this.#labelNames() };
    if (this.#word("ignoring")) return { on: false, labels: this.#labelNames() };
    return { on: false, labels: [] };
  }

  #labelNames(): readonly string[] {
    this.#expect("(");
    return this.#list(")", () => this.#take("word").text);
  }

  #selector(metric: string | undefined): Expr {
    const matchers = metric === undefined ? [] : [createMatcher("__name__", "=", metric)];
    if (this.#symbol("{")) matchers.push(...this.#list("}", () => this.#matcher(metric)));
    if (matchers.every((matcher) => matcher.test("")))
      throw badQuery("vector selector must contain at least one non-empty matcher");
    return { kind: "selector", matchers };
  }

  #matcher(metric: string | undefined): Matcher {
    const name = this.#take("word").text;
    if (name === "__name__" && metric !== undefined)
      throw badQuery(`metric name must not be set twice: "${metric}"`);
    const op = this.#advance().text;
    if (!["=", "!=", "=~", "!~"].includes(op)) throw badQuery(`unexpected "${op}" in label matching`);
    return createMatcher(name, op as MatchOp, this.#take("string").text);
  }

  /** Items separated by commas, a trailing one allowed, up to the closing symbol. */
  #list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#symbol(close)) {
      items.push(item());
      if (this.#symbol(",")) continue;
      this.#expect(close);
      break;
    }
    return items;
  }

  #duration(): number {
    const ms = parseDuration(this.#take("duration").text);
    if (ms === 0) throw badQuery("duration must be greater than 0");
    return ms;
  }

  #precedence(): number | undefined {
    const { kind, text } = this.#peek;
    if (kind !== "symbol" && kind !== "word") return undefined;
    if (NOT_HERE.includes(text.toLowerCase())) throw unsupported(text);
    return PRECEDENCE.get(text.toLowerCase());
  }

  get #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: 0 };
  }

  #advance(): Token {
    const token = this.#peek;
    this.#next++;
    return token;
  }

  #take(kind: TokenKind): Token {
    if (this.#peek.kind !== kind) throw this.#unexpected(`a ${kind}`);
    return this.#advance();
  }

  #symbol(text: string): boolean {
    if (this.#peek.kind !== "symbol" || this.#peek.text !== text) return false;
    this.#next++;
    return true;
  }

  #word(text: string): boolean {
    if (this.#peek.kind !== "word" || this.#peek.text.toLowerCase() !== text) return false;
    this.#next++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#symbol(symbol)) throw this.#unexpected(`"${symbol}"`);
  }

  #unexpected(wanted: string): PromqlError {
    const { kind, text, at } = this.#peek;
    if (NOT_HERE.includes(text.toLowerCase()) && kind !== "string") return unsupported(text);
    const got = kind === "end" ? "the end" : `${kind} "${text}"`;
    return badQuery(`parse error at char ${at + 1}: expected ${wanted}, got ${got}`);
  }
}
