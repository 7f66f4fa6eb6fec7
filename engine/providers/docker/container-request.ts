import { parseSeconds } from "../../duration.js";
import { isProperties } from "../../values.js";
import type { Properties, Value } from "../../values.js";
import type { Json } from "../../wire.js";
import { labelMap, objects, text, textMap, texts } from "../shape.js";

const mebibyte = 1024 * 1024;

type Body = Record<string, Json>;

/** The body of the request that creates a container. */
export function creationOf(inputs: Properties): Body {
  const ports = objects(inputs["ports"]);
  const key = (port: Properties): string => `${text(port["internal"])}/${text(port["protocol"])}`;
  return {
    Image: text(inputs["image"]),
    Hostname: text(inputs["hostname"]),
    Domainname: text(inputs["domainname"]),
    Tty: inputs["tty"] === true,
    OpenStdin: inputs["stdinOpen"] === true,
    StopSignal: text(inputs["stopSignal"]),
    User: text(inputs["user"]),
    WorkingDir: text(inputs["workingDir"]),
    Env: texts(inputs["envs"]),
    Labels: labelMap(inputs["labels"]),
    ...filled("Cmd", texts(inputs["command"])),
    ...filled("Entrypoint", texts(inputs["entrypoints"])),
    ...given("StopTimeout", inputs["stopTimeout"]),
    ...given("Healthcheck", healthcheckOf(inputs["healthcheck"])),
    ...filled("Volumes", anonymousVolumes(inputs)),
    ExposedPorts: Object.fromEntries(ports.map((port) => [key(port), {}])),
    HostConfig: hostConfigOf(inputs, ports, key),
  };
}

/** The body of the request that changes a container in place. */
export function changeOf(inputs: Properties): Body {
  return {
    CpuShares: count(inputs["cpuShares"]),
    CpusetCpus: text(inputs["cpuSet"]),
    Memory: count(inputs["memory"]) * mebibyte,
    MemoryReservation: count(inputs["memoryReservation"]) * mebibyte,
    ...(inputs["memorySwap"] === undefined ? {} : { MemorySwap: swapOf(inputs) }),
    RestartPolicy: restartOf(inputs),
  };
}

/** The body of the request that connects a container to one of its networks. */
export function endpointOf(network: Properties, container: string): Body {
  return {
    Container: container,
    EndpointConfig: {
      Aliases: texts(network["aliases"]),
      IPAMConfig: {
        IPv4Address: text(network["ipv4Address"]),
        IPv6Address: text(network["ipv6Address"]),
        LinkLocalIPs: texts(network["linkLocalIps"]),
      },
    },
  };
}

function hostConfigOf(
  inputs: Properties,
  ports: Properties[],
  key: (port: Properties) => string,
): Body {
  return {
    ...resourcesOf(inputs),
    ...isolationOf(inputs),
    Binds: objects(inputs["volumes"]).filter(isBound).map(bindOf),
    VolumesFrom: objects(inputs["volumes"])
      .map((v) => text(v["fromContainer"]))
      .filter(Boolean),
    NetworkMode: text(inputs["networkMode"]),
    PortBindings: bindingsOf(ports, key),
    PublishAllPorts: inputs["publishAllPorts"] === true,
    ExtraHosts: objects(inputs["hosts"]).map(({ host, ip }) => `${text(host)}:${text(ip)}`),
    Dns: texts(inputs["dns"]),
    DnsOptions: texts(inputs["dnsOpts"]),
    DnsSearch: texts(inputs["dnsSearches"]),
    RestartPolicy: restartOf(inputs),
    LogConfig: { Type: text(inputs["logDriver"]), Config: textMap(inputs["logOpts"]) },
    Runtime: text(inputs["runtime"]),
    Init: inputs["init"] === true,
  };
}

function resourcesOf(inputs: Properties): Body {
  const ulimits = objects(inputs["ulimits"]).map(({ name, soft, hard }) => ({
    Name: text(name),
    Soft: count(soft),
    Hard: count(hard),
  }));
  return {
    Memory: count(inputs["memory"]) * mebibyte,
    MemoryReservation: count(inputs["memoryReservation"]) * mebibyte,
    MemorySwap: swapOf(inputs),
    ShmSize: count(inputs["shmSize"]) * mebibyte,
    NanoCpus: Math.round(Number(text(inputs["cpus"]) || "0") * 1e9),
    CpuShares: count(inputs["cpuShares"]),
    CpusetCpus: text(inputs["cpuSet"]),
    ...filled("Ulimits", ulimits),
  };
}

function isolationOf(inputs: Properties): Body {
  const capabilities = isProperties(inputs["capabilities"]) ? inputs["capabilities"] : {};
  return {
    CapAdd: texts(capabilities["adds"]),
    CapDrop: texts(capabilities["drops"]),
    SecurityOpt: texts(inputs["securityOpts"]),
    ReadonlyRootfs: inputs["readOnly"] === true,
    Privileged: inputs["privileged"] === true,
    GroupAdd: texts(inputs["groupAdds"]),
    Sysctls: textMap(inputs["sysctls"]),
    PidMode: text(inputs["pidMode"]),
    ...filled("Tmpfs", textMap(inputs["tmpfs"])),
    ...(text(inputs["ipcMode"]) === "" ? {} : { IpcMode: text(inputs["ipcMode"]) }),
  };
}

function healthcheckOf(value: Value | undefined): Json {
  if (!isProperties(value)) return null;
  const nanoseconds = (key: string): number =>
    Math.round((parseSeconds(text(value[key])) ?? 0) * 1e9);
  return {
    Test: texts(value["tests"]),
    Interval: nanoseconds("interval"),
    Timeout: nanoseconds("timeout"),
    StartPeriod: nanoseconds("startPeriod"),
    Retries: count(value["retries"]),
  };
}

function isBound(volume: Properties): boolean {
  return text(volume["volumeName"]) !== "" || text(volume["hostPath"]) !== "";
}

function bindOf(volume: Properties): string {
  const source = text(volume["volumeName"]) || text(volume["hostPath"]);
  const modes = [volume["readOnly"] === true ? "ro" : "rw"];
  if (text(volume["selinuxRelabel"]) !== "") modes.push(text(volume["selinuxRelabel"]));
  return `${source}:${text(volume["containerPath"])}:${modes.join(",")}`;
}

function anonymousVolumes(inputs: Properties): Record<string, Json> {
  const anonymous = objects(inputs["volumes"]).filter(
    (volume) => !isBound(volume) && text(volume["containerPath"]) !== "",
  );
  return Object.fromEntries(anonymous.map((volume) => [text(volume["containerPath"]), {}]));
}

function bindingsOf(ports: Properties[], key: (port: Properties) => string): Json {
  const bindings: Record<string, Json[]> = {};
  for (const port of ports) {
    const external = port["external"];
    const binding = {
      HostIp: text(port["ip"]) || "0.0.0.0",
      HostPort: external === undefined || external === 0 ? "" : text(external),
    };
    bindings[key(port)] = [...(bindings[key(port)] ?? []), binding];
  }
  return bindings;
}

function restartOf(inputs: Properties): Json {
  return { Name: text(inputs["restart"]), MaximumRetryCount: count(inputs["maxRetryCount"]) };
}

function swapOf(inputs: Properties): number {
  const swap = count(inputs["memorySwap"]);
  return swap > 0 ? swap * mebibyte : swap;
}

function count(value: Value | undefined): number {
  return typeof value === "number" ? value : 0;
}

function filled(key: string, value: Json[] | Record<string, Json>): Body {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

function given(key: string, value: Value | Json | undefined): Body {
  return value === undefined || value === null ? {} : { [key]: value as Json };
}
