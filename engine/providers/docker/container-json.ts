interface Endpoint {
  Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  MacAddress: string;
}

/** The parts of an inspected container that the state keeps. */
export interface ContainerJson {
  Id: string;
  Name: string;
  Created: string;
  Platform: string;
  Image: string;
  State: {
    Status: string;
    Running: boolean;
    ExitCode: number;
    Error: string;
    OOMKilled: boolean;
    Health?: { Status: string; Log: { ExitCode: number; Output: string }[] | null };
  };
  Config: {
    Hostname: string;
    Domainname: string;
    User: string;
    Image: string;
    WorkingDir: string;
    Cmd: string[] | null;
    Entrypoint: string[] | null;
    StopSignal?: string;
    StopTimeout?: number;
    Tty: boolean;
    OpenStdin: boolean;
    Healthcheck?: {
      Test?: string[];
      Interval?: number;
      Timeout?: number;
      StartPeriod?: number;
      Retries?: number;
    };
  };
  HostConfig: {
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    CpuShares: number;
    CpusetCpus: string;
    Dns: string[] | null;
    DnsOptions: string[] | null;
    DnsSearch: string[] | null;
    ExtraHosts: string[] | null;
    GroupAdd: string[] | null;
    Init?: boolean;
    IpcMode: string;
    LogConfig: { Type: string; Config: Record<string, string> | null };
    Memory: number;
    MemoryReservation: number;
    MemorySwap: number;
    NanoCpus: number;
    NetworkMode: string;
    Privileged: boolean;
    PublishAllPorts: boolean;
    ReadonlyRootfs: boolean;
    RestartPolicy: { Name: string; MaximumRetryCount: number };
    Runtime: string;
    SecurityOpt: string[] | null;
    ShmSize: number;
    Sysctls?: Record<string, string> | null;
    Tmpfs?: Record<string, string> | null;
    UsernsMode: string;
  };
  NetworkSettings: {
    Bridge: string;
    Networks: Record<string, Endpoint> | null;
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
  };
}
