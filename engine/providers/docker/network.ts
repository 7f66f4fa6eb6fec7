import type { Created, ResourceType } from "../../provider.js";
import type { Properties, Value } from "../../values.js";
import type { Json } from "../../wire.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { DockerError } from "./client.js";
import type { LazyClient } from "./client.js";
import { labelList, labelMap, objects, text, textMap } from "../shape.js";
import { until } from "#lib/until";

const schema: Schema = {
  name: { change: "replace" },
  attachable: { change: "replace" },
  driver: { change: "replace", computed: true },
  ingress: { change: "replace" },
  internal: { change: "replace", computed: true },
  ipamConfigs: { change: "replace", set: true, computed: true },
  ipamDriver: { change: "replace", default: "default" },
  ipamOptions: { change: "replace" },
  ipv6: { change: "replace" },
  labels: { change: "replace", set: true },
  options: { change: "replace", computed: true },
};
const endpointsSeconds = 30;

interface NetworkJson {
  Id: string;
  Name: string;
  Driver: string;
  Scope: string;
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  EnableIPv6: boolean;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
  IPAM: {
    Driver: string;
    Options: Record<string, string> | null;
    Config: { Subnet?: string; Gateway?: string; IPRange?: string }[] | null;
  };
}

/** docker:index/network:Network. */
export function networkType(client: LazyClient): ResourceType {
  const inspect = async (id: string): Promise<Created> => {
    const network = await client().call<NetworkJson>("GET", `/networks/${encodeURIComponent(id)}`);
    return { id: network.Id, outputs: outputsOf(network) };
  };
  return {
    check: (inputs, old, name) => checkBridged(inputs, old, name, "docker:Network", schema),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, false),
    create: async (inputs) => {
      const body = requestOf(inputs);
      const { Id } = await client().call<{ Id: string }>("POST", "/networks/create", { body });
      return inspect(Id);
    },
    update: (existing) => Promise.resolve(existing.outputs),
    delete: (existing) => remove(client, existing.id),
    recover: async (inputs) => {
      const name = text(inputs["name"]);
      const filters = JSON.stringify({ name: [name] });
      const found = await client().call<NetworkJson[]>("GET", "/networks", { query: { filters } });
      // The filter finds parts of names too.
      const same = found.find((network) => network.Name === name);
      return same === undefined ? undefined : inspect(same.Id);
    },
  };
}

function requestOf(inputs: Properties): Record<string, Json> {
  const configs = objects(inputs["ipamConfigs"]).map((config) => ({
    Subnet: text(config["subnet"]),
    IPRange: text(config["ipRange"]),
    Gateway: text(config["gateway"]),
    AuxiliaryAddresses: textMap(config["auxAddress"]),
  }));
  return {
    Name: text(inputs["name"]),
    // Docker would make a second network of the same name without a word.
    CheckDuplicate: true,
    Driver: text(inputs["driver"]) || "bridge",
    Internal: inputs["internal"] === true,
    Attachable: inputs["attachable"] === true,
    Ingress: inputs["ingress"] === true,
    EnableIPv6: inputs["ipv6"] === true,
    Labels: labelMap(inputs["labels"]),
    Options: textMap(inputs["options"]),
    IPAM: {
      Driver: text(inputs["ipamDriver"]),
      Options: textMap(inputs["ipamOptions"]),
      ...(configs.length === 0 ? {} : { Config: configs }),
    },
  };
}

function outputsOf(network: NetworkJson): Properties {
  const configs = (network.IPAM.Config ?? []).map((config): Value => ({
    auxAddress: {},
    gateway: config.Gateway ?? "",
    ipRange: config.IPRange ?? "",
    subnet: config.Subnet ?? "",
  }));
  return {
    __meta: '{"schema_version":"1"}',
    attachable: network.Attachable,
    driver: network.Driver,
    id: network.Id,
    ingress: network.Ingress,
    internal: network.Internal,
    ipamConfigs: configs,
    ipamDriver: network.IPAM.Driver,
    ipamOptions: network.IPAM.Options,
    ipv6: network.EnableIPv6,
    labels: labelList(network.Labels),
    name: network.Name,
    options: network.Options ?? {},
    scope: network.Scope,
  };
}

async function remove(client: LazyClient, id: string): Promise<void> {
  await until(endpointsSeconds, async () => {
    try {
      await client().call("DELETE", `/networks/${encodeURIComponent(id)}`);
      return true;
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      if (error.status === 404) return true;
      // Containers that go at the same time may hold it for a moment longer.
      if (error.message.includes("has active endpoints")) return error;
      throw error;
    }
  });
}
