import { z } from "zod";
import { problemText } from "./settings.js";

const unitMiB = { MiB: 1, GiB: 1024 } as const;

/** An amount of memory or disk, written as a whole number and a unit: `512MiB` or `2GiB`. */
export const size = z
  .string()
  .regex(
    /^[1-9]\d*(MiB|GiB)$/,
    problemText("is not a size", "write a whole number and MiB or GiB, such as 512MiB"),
  )
  .meta({ title: "size" });

/** The mebibytes in a checked size. */
export function mebibytes(text: string): number {
  return Number(text.slice(0, -3)) * unitMiB[text.slice(-3) as keyof typeof unitMiB];
}

/** A size setting that may not be below `least`. */
export function sizeFrom(least: string) {
  return size.refine(
    (text) => !/^[1-9]\d*(MiB|GiB)$/.test(text) || mebibytes(text) >= mebibytes(least),
    {
      error: problemText(`is below ${least}`, `set ${least} or more`),
    },
  );
}
