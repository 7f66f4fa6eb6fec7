import type { Properties } from "../../values.js";
import type { ResourceType } from "../../provider.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { DockerError } from "./client.js";
import type { LazyClient } from "./client.js";
import { labelList, labelMap, text, textMap } from "../shape.js";
import { until } from "#lib/until";

const schema: Schema = {
  name: { change: "replace" },
  driver: { change: "replace", computed: true },
  driverOpts: { change: "replace" },
  labels: { change: "replace", set: true },
};
const inUseSeconds = 20;

interface VolumeJson {
  Name: string;
  Driver: string;
  Mountpoint: string;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
}

/** docker:index/volume:Volume. */
export function volumeType(client: LazyClient): ResourceType {
  const create = async (inputs: Properties): Promise<{ id: string; outputs: Properties }> => {
    const volume = await client().call<VolumeJson>("POST", "/volumes/create", {
      body: {
        Name: text(inputs["name"]),
        Driver: text(inputs["driver"]),
        DriverOpts: textMap(inputs["driverOpts"]),
        Labels: labelMap(inputs["labels"]),
      },
    });
    return { id: volume.Name, outputs: outputsOf(volume) };
  };
  return {
    check: (inputs, old, name) => checkBridged(inputs, old, name, "docker:Volume", schema),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, false),
    create,
    update: (existing) => Promise.resolve(existing.outputs),
    delete: (existing) => remove(client, existing.id),
    recover: async (inputs) => {
      const name = encodeURIComponent(text(inputs["name"]));
      try {
        const volume = await client().call<VolumeJson>("GET", `/volumes/${name}`);
        return { id: volume.Name, outputs: outputsOf(volume) };
      } catch (error) {
        if (error instanceof DockerError && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}

function outputsOf(volume: VolumeJson): Properties {
  return {
    __meta: '{"schema_version":"1"}',
    cluster: null,
    driver: volume.Driver,
    driverOpts: volume.Options,
    id: volume.Name,
    labels: labelList(volume.Labels),
    mountpoint: volume.Mountpoint,
    name: volume.Name,
  };
}

// Containers that go at the same time may hold it for a moment longer, as in the real provider.
async function remove(client: LazyClient, id: string): Promise<void> {
  await until(inUseSeconds, async () => {
    try {
      await client().call("DELETE", `/volumes/${encodeURIComponent(id)}`);
      return true;
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      if (error.status === 404) return true;
      if (error.message.includes("volume is in use")) return error;
      throw error;
    }
  });
}
