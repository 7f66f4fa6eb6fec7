import { describe, expect, it } from "vitest";
import { copyIn, doneIn, type Copied } from "#cli/commands/adopt/adoption";
import { pauseSeconds, pauseText } from "#cli/commands/adopt/estimate";
import { isNear, progressText, requireFollowing } from "#cli/commands/adopt/follow";
import {
  adoptionName,
  namesOfStack,
  publishSql,
  sequencesSql,
  subscribeSql,
} from "#cli/commands/adopt/statements";
import type { RetainedRestore } from "#cli/documents/restores";

const id = "20260102030405";
const kept = (more: Partial<RetainedRestore>): RetainedRestore => ({
  id,
  kind: "dump",
  phase: "done",
  bytes: 1,
  ...more,
});

describe("what an adoption has left", () => {
  it("is a copy that follows, also one of a run that ended while it checked", () => {
    const copy = { id, database: `keelson_restore_${id}`, name: `keelson_adopt_shop_prod_${id}` };
    for (const phase of ["adopting", "ready"] as const) {
      const found = copyIn([kept({ phase, adopting: true, asked: "a@b:1/c" })], "shop-prod");
      expect(found).toEqual({ ...copy, asked: "a@b:1/c", schema: undefined });
    }
    expect(copyIn([kept({ phase: "ready" }), kept({ adopting: true })], "shop-prod")).toBe(
      undefined,
    );
  });

  it("is one that went live, by a copy or by a dump, and no other restore", () => {
    const restore = kept({ asked: "shop.dump" });
    expect(doneIn([restore])).toBe(undefined);
    for (const one of [kept({ adopting: true }), kept({ asked: "adopted-shop.dump" })]) {
      expect(doneIn([restore, one])).toBe(one);
    }
  });
});

describe("a copy", () => {
  const copied: Copied = { subscribed: true, tables: 3, ready: 3, errors: 0, bytes: 2e6 };
  const slot = { active: true, behind: 1e6, retained: 17e6, lost: false };

  it("is near once all tables are copied and little is missing", () => {
    expect(isNear(copied, slot)).toBe(true);
    expect(isNear({ ...copied, ready: 2 }, slot)).toBe(false);
    expect(isNear(copied, { ...slot, behind: 1e9 })).toBe(false);
    expect(isNear({ ...copied, subscribed: false }, slot)).toBe(false);
    expect(isNear(copied, undefined)).toBe(false);
    expect(progressText(copied, slot)).toBe(
      "3 of 3 tables copied, 2.0 MB, 1.0 MB of changes behind; the old server keeps 17.0 MB of log for it",
    );
  });

  it.each([
    [{ ...copied, subscribed: false }, slot, /^The copy does not follow the old server any more\./],
    [copied, undefined, /^The old server has no slot for the copy any more\./],
    [copied, { ...slot, lost: true }, /^The old server has removed what the copy still needed/],
  ])("that can't catch up is refused, with what to do", (state, at, message) => {
    expect(() => {
      requireFollowing(state, at);
    }).toThrow(message);
  });
});

describe("statements", () => {
  it("name an adoption within what a slot's name may be", () => {
    const name = adoptionName("Close-the-Loop-".repeat(9), id);
    expect(name).toMatch(/^[a-z0-9_]{1,63}$/);
    expect(name.startsWith(namesOfStack("Close-the-Loop-".repeat(9)))).toBe(true);
  });

  it("publish each table by itself, and a database without any", () => {
    expect(publishSql("p", ["public.a", '"x y".b'])).toBe(
      'CREATE PUBLICATION "p" FOR TABLE ONLY public.a, ONLY "x y".b;',
    );
    expect(publishSql("p", [])).toBe('CREATE PUBLICATION "p";');
  });

  it("keep the old server's password out of the log", () => {
    const sql = subscribeSql("s", "password='a\\'b'");
    expect(sql).toContain("CONNECTION 'password=''a\\''b'''");
    for (const setting of [
      "log_statement",
      "log_min_duration_statement",
      "log_min_error_statement",
    ]) {
      expect(sql.indexOf(setting)).toBeGreaterThanOrEqual(0);
      expect(sql.indexOf(setting)).toBeLessThan(sql.indexOf("CREATE"));
    }
  });

  it("ask a sequence for where it is, not for its next value", () => {
    expect(sequencesSql(["public.it"])).toBe(
      "SELECT format('SELECT pg_catalog.setval(%L, %s, %L) \\g /dev/null', 'public.it', last_value, is_called) FROM public.it;",
    );
  });
});

it("the pause is estimated by size, and by the comparison that was tried", () => {
  expect(pauseSeconds("replication", 1.5e9)).toBe(15);
  expect(pauseSeconds("replication", 1.5e9, 2.2)).toBe(8);
  expect(pauseSeconds("dump", 1.5e9)).toBe(105);
  expect(pauseText(8)).toMatch(/for about 8 s,/);
  expect(pauseText(180)).toMatch(/for about 3 min,/);
});
