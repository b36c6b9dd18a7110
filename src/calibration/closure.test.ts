import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberAt } from "../usage/series.js";
import { closeMeter, type OwnerCoreHours, shareFloor } from "./closure.js";

const HOURS = 5;
const column = (most: number, missing = false): fc.Arbitrary<Float64Array> =>
  fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.double({ min: 0, max: most, noNaN: true }) },
        { weight: missing ? 1 : 0, arbitrary: fc.constant(Number.NaN) },
        { weight: 1, arbitrary: fc.constant(0) },
      ),
      { minLength: HOURS, maxLength: HOURS },
    )
    .map((values) => Float64Array.from(values));
const owner: fc.Arbitrary<OwnerCoreHours> = fc.record({
  busyCoreHours: column(1e4),
  idleCoreHours: column(1e4),
});
const sumAt = (columns: readonly Float64Array[], t: number): number =>
  columns.reduce((sum, values) => sum + numberAt(values, t), 0);
const together = (owners: readonly OwnerCoreHours[]): OwnerCoreHours => ({
  busyCoreHours: Float64Array.from({ length: HOURS }, (_, t) =>
    sumAt(
      owners.map((one) => one.busyCoreHours),
      t,
    ),
  ),
  idleCoreHours: Float64Array.from({ length: HOURS }, (_, t) =>
    sumAt(
      owners.map((one) => one.idleCoreHours),
      t,
    ),
  ),
});

describe("a site meter", () => {
  it("closes to 1e-9 in every hour, and is missing where a part of it is", () => {
    const site = fc.record({
      meterKwh: column(1e5, true),
      busyKwh: column(1e5, true),
      idleKwh: column(1e5, true),
      floorWatts: fc.double({ min: 0, max: 1e8, noNaN: true }),
    });
    fc.assert(
      fc.property(site, (hours) => {
        const closed = closeMeter(hours);
        const { busyKwh, idleKwh, floorKwh, unexplainedKwh } = closed;
        for (let t = 0; t < HOURS; t++) {
          const whole = [hours.meterKwh, hours.busyKwh, hours.idleKwh].every(
            (values) => !Number.isNaN(numberAt(values, t)),
          );
          const total = sumAt([busyKwh, idleKwh, floorKwh, unexplainedKwh], t);
          expect(Number.isNaN(total)).toBe(!whole);
          expect(Number.isNaN(numberAt(closed.meterKwh, t))).toBe(!whole);
          if (!whole) continue;
          const size = Math.max(
            1,
            ...[hours.meterKwh, busyKwh, idleKwh, floorKwh].map((values) => numberAt(values, t)),
          );
          expect(Math.abs(total - numberAt(hours.meterKwh, t))).toBeLessThanOrEqual(1e-9 * size);
        }
      }),
    );
  });

  it("shows what is unexplained, also where more was attributed than there was", () => {
    const of = (...kwh: number[]): Float64Array => Float64Array.from(kwh);
    const { unexplainedKwh, floorKwh } = closeMeter({
      meterKwh: of(10, 4),
      busyKwh: of(3, 3),
      idleKwh: of(1, 1),
      floorWatts: 2000,
    });
    expect([...unexplainedKwh]).toEqual([4, -2]);
    expect([...floorKwh]).toEqual([2, 2]);
    expect(() => closeMeter({ meterKwh: of(1), busyKwh: of(1, 2), idleKwh: of(1) })).toThrow(
      /the same hours/,
    );
  });
});

describe("a floor", () => {
  it("is nobody's unless a rule says so", () => {
    const floorKwh = Float64Array.of(1, 2);
    const owners = [{ busyCoreHours: Float64Array.of(1, 1), idleCoreHours: Float64Array.of(0, 3) }];
    expect(shareFloor(floorKwh, owners)).toEqual({ owners: [Float64Array.of(0, 0)], unsharedKwh: floorKwh });
    expect(shareFloor(floorKwh, owners, "reserved").owners).toEqual([floorKwh]);
  });

  it("is conserved among owners of any kind, and a group has what its members have", () => {
    const groups = fc.array(fc.array(owner, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        column(1e5),
        groups,
        fc.constantFrom("none", "reserved", "use"),
        (floorKwh, members, rule) => {
          const all = members.flat();
          const fine = shareFloor(floorKwh, all, rule);
          const coarse = shareFloor(floorKwh, members.map(together), rule);
          for (let t = 0; t < HOURS; t++) {
            const size = 1e-9 * Math.max(1, numberAt(floorKwh, t));
            for (const { owners, unsharedKwh } of [fine, coarse])
              expect(
                Math.abs(sumAt([...owners, unsharedKwh], t) - numberAt(floorKwh, t)),
              ).toBeLessThanOrEqual(size);
            let first = 0;
            members.forEach((group, g) => {
              const own = sumAt(fine.owners.slice(first, first + group.length), t);
              expect(Math.abs(own - numberAt(coarse.owners[g] ?? new Float64Array(), t))).toBeLessThanOrEqual(
                size,
              );
              first += group.length;
            });
          }
        },
      ),
    );
  });
});
