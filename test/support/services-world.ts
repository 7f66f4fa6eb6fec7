// Services as a step of a release finds them: old containers in service, new ones created.
import { liveFile } from "#release/services/live";
import { begun, world } from "./step-world.js";

/** Settings of a service in the steps' own form, but for its containers. */
const usual = { pids: 64, startSeconds: 30, settleSeconds: 0, stopSeconds: 10 };

/** A worker (`w1` in service, `w2` new) and a scheduler that is never there twice (`b1` in service, `b2` new). */
export function servicesWorld(more: Readonly<Record<string, string>> = {}, input = "") {
  const services = [
    { name: "worker", exclusive: false, containers: ["w2"], ...usual },
    { name: "beat", exclusive: true, containers: ["b2"], ...usual },
  ];
  const stack = world({ SERVICES: JSON.stringify(services), ...more }, input);
  const { containers, proxy } = stack;
  const add = (id: string, name: string, service: string, status: string) =>
    containers.add({ id, name, service, status, health: undefined });
  const all = {
    w1: add("w1", "worker-old", "worker", "running"),
    w2: add("w2", "worker-new", "worker", "created"),
    b1: add("b1", "beat-old", "beat", "running"),
    b2: add("b2", "beat-new", "beat", "created"),
  };
  proxy.files.set(liveFile, `${JSON.stringify({ beat: ["b1"], worker: ["w1"] })}\n`);
  begun(proxy);
  const up = () =>
    Object.values(all).flatMap(({ id, status }) => (status === "running" ? [id] : []));
  const live = () => JSON.parse(proxy.files.get(liveFile) ?? "{}") as unknown;
  return { ...stack, ...all, up, live };
}
