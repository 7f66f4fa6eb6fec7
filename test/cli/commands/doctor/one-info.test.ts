import { expect, it } from "vitest";
import { withOneInfo } from "#cli/commands/doctor/one-info";
import type { CommandResult } from "#lib/run-process";

const info = '{"Name":"web1","DockerRootDir":"/var/lib/docker"}';
const failed: CommandResult = { code: 1, stdout: "", stderr: "no engine" };

function counted(answer: CommandResult) {
  const asked: string[] = [];
  const docker = withOneInfo((args) => {
    asked.push(args.join(" "));
    return Promise.resolve(answer);
  });
  const of = async (format: string) => (await docker(["info", "--format", format])).stdout;
  return { docker, of, asked };
}

it("asks once for what several want to know, at the same time as well", async () => {
  const { of, asked } = counted({ code: 0, stdout: info, stderr: "" });
  const wanted = ["{{.Name}}", "{{json .}}", "{{.DockerRootDir}}"];
  expect(await Promise.all(wanted.map(of))).toEqual(["web1\n", info, "/var/lib/docker\n"]);
  expect(asked).toEqual(["info --format {{json .}}"]);
});

it("passes on all else, and an answer that is none", async () => {
  const { docker, of, asked } = counted(failed);
  expect(await docker(["info", "--format", "{{.Name}}"])).toBe(failed);
  expect([await of("{{len .Runtimes}}"), await docker(["ps"])]).toEqual(["", failed]);
  expect(asked).toEqual(["info --format {{json .}}", "info --format {{len .Runtimes}}", "ps"]);
});
