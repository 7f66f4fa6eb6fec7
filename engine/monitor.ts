import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import type { Message } from "google-protobuf";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import type { LogRequest, SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb.js";
import type { Configuration } from "./config.js";
import { EngineError, messageOf } from "./errors.js";
import { goalOf } from "./goal.js";
import type { Goal } from "./goal.js";
import type { Properties } from "./values.js";
import { fromStruct, toStruct } from "./wire.js";

/** Severity of the program's log lines. */
export type Severity = "debug" | "info" | "warning" | "error";

/** Handlers of the program's calls. */
export interface Handlers {
  register(goal: Goal): Promise<{ urn: string; id: string; outputs: Properties }>;
  registerOutputs(urn: string, outputs: Properties): Promise<void>;
  log(severity: Severity, message: string): void;
  /** Something was asked for that ends the run. */
  fail(error: unknown): void;
}

/** Facts about the run that a program may ask for. */
export interface Deployment {
  project: string;
  stack: string;
  configuration: Configuration;
  preview: boolean;
  parallel: number;
}

/** The services, listening. */
export interface Monitor {
  address: string;
  close(): void;
}

type Method = (request: never) => Message | Promise<Message>;
const severities: Severity[] = ["debug", "info", "warning", "error"];

/** Starts the services `ResourceMonitor` and `Engine` on a free port of the loopback interface. */
export async function startMonitor(deployment: Deployment, handlers: Handlers): Promise<Monitor> {
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  server.addService(
    resourceGrpc.ResourceMonitorService,
    implement(resourceMethods(deployment, handlers), handlers),
  );
  server.addService(engineGrpc.EngineService, implement(engineMethods(handlers), handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.forceShutdown();
    },
  };
}

function implement(
  methods: Record<string, Method>,
  handlers: Handlers,
): UntypedServiceImplementation {
  const wrap =
    (method: Method) =>
    (call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>): void => {
      Promise.resolve()
        .then(() => method(call.request as never))
        .then(
          (message) => {
            answer(null, message);
          },
          (error: unknown) => {
            handlers.fail(error);
            // The SDK takes UNAVAILABLE as "the run is over" and stops without a word of its own.
            answer({ code: status.UNAVAILABLE, details: messageOf(error) });
          },
        );
    };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, wrap(method)]));
}

function resourceMethods(deployment: Deployment, handlers: Handlers): Record<string, Method> {
  return {
    getDeploymentInfo: () => deploymentInfo(deployment),
    supportsFeature: () => new resourceProto.SupportsFeatureResponse(),
    registerResource: async (request: RegisterResourceRequest) =>
      response(await handlers.register(goalOf(request))),
    registerResourceOutputs: async (request: RegisterResourceOutputsRequest) => {
      await handlers.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new emptyProto.Empty();
    },
    signalAndWaitForShutdown: () => new emptyProto.Empty(),
    invoke: (request: ResourceInvokeRequest) => refuse(`the function ${request.getTok()}`),
    readResource: (request: ReadResourceRequest) =>
      refuse(`reading an existing resource (${request.getType()} ${request.getName()})`),
    call: () => refuse("methods of remote components"),
    registerStackTransform: () => refuse("stack transforms"),
    registerStackInvokeTransform: () => refuse("invoke transforms"),
    registerResourceHook: () => refuse("resource hooks"),
    registerErrorHook: () => refuse("error hooks"),
    registerPackage: () => refuse("parameterized packages"),
  };
}

function engineMethods(handlers: Handlers): Record<string, Method> {
  let root = "";
  return {
    log: (request: LogRequest) => {
      handlers.log(severities[request.getSeverity()] ?? "info", request.getMessage());
      return new emptyProto.Empty();
    },
    setRootResource: (request: SetRootResourceRequest) => {
      root = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    },
    getRootResource: () => new engineProto.GetRootResourceResponse().setUrn(root),
    startDebugging: () => refuse("debugging the program"),
    requirePulumiVersion: () => new engineProto.RequirePulumiVersionResponse(),
  };
}

function refuse(what: string): never {
  throw new EngineError(
    `The embedded engine does not know ${what}; use the Pulumi CLI for this program.`,
  );
}

function deploymentInfo(deployment: Deployment): Message {
  const info = new resourceProto.DeploymentInfo()
    .setProject(deployment.project)
    .setStack(deployment.stack)
    .setOrganization("organization")
    .setDryrun(deployment.preview)
    .setParallel(deployment.parallel)
    .setConfigsecretkeysList(deployment.configuration.secretKeys);
  const { values } = deployment.configuration;
  for (const [key, value] of Object.entries(values)) info.getConfigMap().set(key, value);
  const features = resourceProto.ResourceMonitorFeature;
  // What is not named here, the SDK itself refuses or does without.
  info.setSupportedfeaturesList([
    features.RESOURCE_MONITOR_FEATURE_SECRETS,
    features.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    features.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  ]);
  return info;
}

function response(registered: { urn: string; id: string; outputs: Properties }): Message {
  return new resourceProto.RegisterResourceResponse()
    .setUrn(registered.urn)
    .setId(registered.id)
    .setObject(toStruct(registered.outputs));
}
