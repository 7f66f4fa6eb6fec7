import { formatNanoseconds } from "../../duration.js";
import { isProperties } from "../../values.js";
import type { Properties, Value } from "../../values.js";
import { objects, text } from "../shape.js";
import type { ContainerJson } from "./container-json.js";

const mebibyte = 1024 * 1024;

/** Returns the outputs that the real provider would keep of this container after it has read it. */
export function outputsOf(inputs: Properties, container: ContainerJson): Properties {
  return {
    __meta:
      '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000},"schema_version":"2"}',
    ...unused,
    ...wishesOf(inputs),
    ...configOf(container),
    ...hostOf(container),
    ...networkOf(inputs, container),
    mustRun: container.State.Running ? (inputs["mustRun"] ?? true) : false,
    exitCode: container.State.Running ? null : container.State.ExitCode,
    healthcheck: healthcheckOf(container),
    id: container.Id,
    name: container.Name.replace(/^\//, ""),
    image: text(inputs["image"]).startsWith("sha256:") ? container.Image : container.Config.Image,
    platform: container.Platform,
  };
}

// Attributes that the engine takes no inputs for; the real provider writes them all the same.
const unused: Properties = {
  cgroupParent: null,
  cgroupnsMode: null,
  containerLogs: null,
  cpuPeriod: null,
  gpus: null,
  cpuQuota: null,
  deviceReadBps: [],
  deviceReadIops: [],
  deviceRequests: [],
  devices: [],
  deviceWriteBps: [],
  deviceWriteIops: [],
  mounts: [],
  rm: false,
  storageOpts: null,
  uploads: [],
};

// What the provider does not read back: it stays as the program gave it.
function wishesOf(inputs: Properties): Properties {
  const or = (key: string, absent: Value): Value => inputs[key] ?? absent;
  return {
    attach: or("attach", false),
    containerReadRefreshTimeoutMilliseconds: or("containerReadRefreshTimeoutMilliseconds", 15000),
    destroyGraceSeconds: or("destroyGraceSeconds", null),
    envs: or("envs", []),
    labels: or("labels", []),
    logs: or("logs", false),
    pidMode: or("pidMode", null),
    removeVolumes: or("removeVolumes", true),
    start: or("start", true),
    ulimits: or("ulimits", []),
    wait: or("wait", false),
    waitTimeout: or("waitTimeout", 60),
    volumes: objects(inputs["volumes"]).map((volume) => ({
      fromContainer: "",
      hostPath: "",
      readOnly: null,
      selinuxRelabel: "",
      volumeName: "",
      ...volume,
    })),
    networksAdvanced: objects(inputs["networksAdvanced"]).map((network) => ({
      aliases: [],
      driverOpts: [],
      gwPriority: null,
      ipv4Address: "",
      ipv6Address: "",
      linkLocalIps: [],
      macAddress: "",
      ...network,
    })),
  };
}

function configOf({ Config: config }: ContainerJson): Properties {
  return {
    command: config.Cmd ?? [],
    domainname: config.Domainname,
    entrypoints: config.Entrypoint ?? [],
    hostname: config.Hostname,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    tty: config.Tty,
    user: config.User,
    workingDir: config.WorkingDir,
  };
}

function hostOf({ HostConfig: host }: ContainerJson): Properties {
  const capped = [...(host.CapAdd ?? []), ...(host.CapDrop ?? [])].length > 0;
  return {
    capabilities: capped ? { adds: host.CapAdd ?? [], drops: host.CapDrop ?? [] } : null,
    cpuSet: host.CpusetCpus,
    cpuShares: host.CpuShares,
    cpus: host.NanoCpus > 0 ? cpusOf(host.NanoCpus) : null,
    dns: listOrNull(host.Dns),
    dnsOpts: listOrNull(host.DnsOptions),
    dnsSearches: listOrNull(host.DnsSearch),
    groupAdds: listOrNull(host.GroupAdd),
    hosts: (host.ExtraHosts ?? []).map((line) => {
      const [name = "", ...ip] = line.split(":");
      return { host: name, ip: ip.join(":") };
    }),
    init: host.Init ?? false,
    ipcMode: host.IpcMode,
    logDriver: host.LogConfig.Type,
    logOpts: mapOrNull(host.LogConfig.Config),
    maxRetryCount: host.RestartPolicy.MaximumRetryCount,
    ...memoryOf(host),
    networkMode: host.NetworkMode,
    privileged: host.Privileged,
    publishAllPorts: host.PublishAllPorts,
    readOnly: host.ReadonlyRootfs,
    restart: host.RestartPolicy.Name,
    runtime: host.Runtime,
    securityOpts: host.SecurityOpt ?? [],
    sysctls: mapOrNull(host.Sysctls),
    tmpfs: mapOrNull(host.Tmpfs),
    usernsMode: host.UsernsMode,
  };
}

// As the real provider writes it: "1.0", but "1.5". Another spelling in the program is a change.
function cpusOf(nanoCpus: number): string {
  const text = (nanoCpus / 1e9).toFixed(9);
  const round = text.replaceAll(/[^0]/g, "").length === 9;
  return round ? text.slice(0, -8) : text.replace(/0+$/, "");
}

function memoryOf(host: ContainerJson["HostConfig"]): Properties {
  return {
    memory: host.Memory / mebibyte,
    memoryReservation: host.MemoryReservation / mebibyte,
    memorySwap: host.MemorySwap > 0 ? host.MemorySwap / mebibyte : host.MemorySwap,
    shmSize: host.ShmSize / mebibyte,
  };
}

function networkOf(inputs: Properties, { NetworkSettings: settings }: ContainerJson): Properties {
  const networks = Object.entries(settings.Networks ?? {}).map(([name, endpoint]) => ({
    gateway: endpoint.Gateway,
    globalIpv6Address: endpoint.GlobalIPv6Address,
    globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
    ipAddress: endpoint.IPAddress,
    ipPrefixLength: endpoint.IPPrefixLen,
    ipv6Gateway: endpoint.IPv6Gateway,
    macAddress: endpoint.MacAddress,
    networkName: name,
  }));
  return {
    bridge: settings.Bridge,
    networkDatas: networks,
    ports: objects(inputs["ports"]).length === 0 ? [] : portsOf(settings.Ports ?? {}),
  };
}

function portsOf(ports: NonNullable<ContainerJson["NetworkSettings"]["Ports"]>): Value[] {
  return Object.entries(ports).flatMap(([key, bindings]) => {
    const [internal = "0", protocol = "tcp"] = key.split("/");
    return (bindings ?? []).map((binding) => ({
      external: Number(binding.HostPort),
      internal: Number(internal),
      ip: binding.HostIp,
      protocol,
    }));
  });
}

function healthcheckOf({ Config: { Healthcheck: check } }: ContainerJson): Value {
  if (check === undefined) return null;
  return {
    interval: formatNanoseconds(check.Interval ?? 0),
    retries: check.Retries ?? 0,
    startInterval: "0s",
    startPeriod: formatNanoseconds(check.StartPeriod ?? 0),
    tests: check.Test ?? [],
    timeout: formatNanoseconds(check.Timeout ?? 0),
  };
}

function listOrNull(list: string[] | null | undefined): Value {
  return (list ?? []).length === 0 ? null : (list ?? null);
}

function mapOrNull(map: Record<string, string> | null | undefined): Value {
  const value: Value = map ?? null;
  return isProperties(value) && Object.keys(value).length > 0 ? value : null;
}
