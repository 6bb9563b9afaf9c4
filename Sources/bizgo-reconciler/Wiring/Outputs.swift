internal import Alerting
internal import Engine
internal import Operations

extension Setup {
    var metricsFile: ReplacedFile? { settings.metrics.textfile.map { ReplacedFile(path: $0) } }

    /// - Throws: exit 78 when the metrics' file could not be written as things are.
    func checkMetricsFile() throws(CommandFailure) {
        do throws(ReplacedFile.Failure) {
            try metricsFile?.check()
        } catch {
            throw CommandFailure(.configuration, "metrics.textfile: \(error.message)")
        }
    }
}

extension Metrics {
    func adopt(_ session: Session) {
        adopt(file: session.setup.metricsFile, census: session.store, sinks: session.desk.sinkNames)
    }
}

extension Heartbeat {
    /// Nil where none is configured.
    convenience init?(_ setup: Setup, time: any Timekeeper, log: any Log) {
        guard let url = setup.heartbeatAddress?.reveal() else { return nil }
        self.init(
            url: url, interval: setup.settings.heartbeat.interval, transport: Sinks.transport(setup), time: time,
            log: log)
    }
}
