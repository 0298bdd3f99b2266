export interface Listening {
  /** The address that clients are told. */
  host: string;
  /** The address that the broker binds. */
  bind: string;
  port: number;
  controllerPort: number;
  /** Where the broker keeps its data. */
  dataFolder: string;
}

/** The configuration of the one broker, which is its own controller. */
export function serverProperties({ host, bind, port, controllerPort, dataFolder }: Listening): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://${bind}:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://${host}:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${dataFolder}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# After SIGKILL a broker waits for the end of its own last session: 9 s if these are not set.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
`;
}

/** Log4j's configuration: everything to standard output. */
export const loggingProperties = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1}: %m%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
# Hundreds of lines of settings at each start.
logger.settings.name=org.apache.kafka.common.config.AbstractConfig
logger.settings.level=warn
`;

/** A broker that serves says so. */
export const readyLine = /Kafka Server started/;
