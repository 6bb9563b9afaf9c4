internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

// `daemon.*` of the log.
extension LogEvent {
    static func started(_ loaded: LoadedConfiguration, configuration: String) -> LogEvent {
        LogEvent(
            .info, .daemonStarted,
            [
                LogField("version", .string(Version.current)), LogField("pid", .integer(Int(getpid()))),
                LogField("config", .string(configuration)),
                LogField("database", .string(loaded.settings.store.place.text)),
            ])
    }

    static func ready(_ settings: Settings) -> LogEvent {
        LogEvent(.info, .daemonReady, settings.eventFields)
    }

    static func reloaded(_ settings: Settings) -> LogEvent {
        LogEvent(.info, .daemonReloaded, settings.eventFields)
    }

    static func reloadFailed(_ problem: String) -> LogEvent {
        LogEvent(.error, .daemonReloadFailed, [LogField("error", .string(problem))])
    }

    static func draining(_ signal: Int32) -> LogEvent {
        LogEvent(.info, .daemonDraining, [LogField("signal", .string(signal == SIGTERM ? "SIGTERM" : "SIGINT"))])
    }

    /// - Parameter cutOff: what did not end in time.
    static func stopped(_ cutOff: CutOff = CutOff()) -> LogEvent {
        let words = cutOff.words
        let field = words.isEmpty ? [] : [LogField("cut_off", .string(words.joined(separator: ",")))]
        return LogEvent(words.isEmpty ? .info : .warn, .daemonStopped, field)
    }
}

/// What a daemon that had to end did not wait for. All of it is still due: asked, told or written by the next one.
struct CutOff {
    /// To the provider.
    var questions = 0
    /// Deliveries to sinks.
    var alerts = 0
    /// A lock, or a statement that takes long.
    var waitedForDatabase = false
    /// Whatever else there was.
    var isUnfinished = false

    var words: [String] {
        [
            questions > 0 ? "questions:\(questions)" : nil, alerts > 0 ? "alerts:\(alerts)" : nil,
            waitedForDatabase ? "database" : nil, isUnfinished ? "unfinished" : nil,
        ].compactMap(\.self)
    }
}

extension Settings {
    fileprivate var eventFields: [LogField] {
        [
            LogField("provider", .string(api.baseURL)),
            LogField("interval", .string(DurationText.format(reconcile.interval))),
            LogField("after", .string(DurationText.format(reconcile.policy.after))),
            LogField("stale_after", .string(reconcile.policy.staleAfterText)),
            LogField("requests_per_second", .double(api.requestsPerSecond)),
        ] + (http.listen.map { [LogField("listen", .string($0.text))] } ?? [])
    }
}
