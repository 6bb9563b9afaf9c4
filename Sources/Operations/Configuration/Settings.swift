internal import Engine
package import Ledger
package import Reconciliation

/// The whole configuration: what the file says, and the default for everything it does not say.
package struct Settings: Sendable, Equatable {
    package var api = Api()
    package var reconcile = Reconcile()
    /// As far as the section `store` says it; `ledger` has the rest.
    package var store = LedgerConfiguration()
    /// Holds the password of the account at the database's server, where that has one.
    package var databasePasswordFile: String?
    package var alerts = Alerts()
    /// Of the times that people read; nil for that of the store.
    var ownZone: Zone?
    package var http = Http()
    package var webhook = Webhook()
    package var verify = Verify()
    package var heartbeat = Heartbeat()
    package var canary = Canary()
    package var metrics = Metrics()
    package var statusPage = StatusPage()
    package var log = Log()

    /// What is allowed but probably not meant.
    package var warnings: [ConfigurationProblem] = []

    /// The defaults.
    package init() {}

    /// In which people read times.
    package var zone: Zone { ownZone ?? Zone(secondsEastOfUTC: store.utcOffset) }

    /// How reports come by themselves: a key has one way.
    package var reportArrival: ReportArrival {
        if api.polls { return .polling }
        return http.listen == nil ? .elsewhere : .webhook
    }

    /// - Parameter isSingle: for one pass, not for cycles on a timer.
    package func conditionLimits(isSingle: Bool) -> ConditionLimits {
        var limits = alerts.limits
        if api.polls { limits.webhookGap = nil }
        limits.interval = isSingle ? nil : reconcile.interval
        return limits
    }

    /// - Parameters:
    ///   - rules: nil for those of `alerts`.
    ///   - sinks: those that are to be told; none for commands that only read.
    ///   - findsByKey: whether fetched reports are to be applied.
    package func ledger(
        rules: AlertRules? = nil, sinks: [LedgerConfiguration.Sink] = [], findsByKey: Bool = false
    ) -> LedgerConfiguration {
        var ledger = store
        ledger.policy = reconcile.policy
        ledger.interval = reconcile.interval
        ledger.alertRules = rules ?? alerts.rules
        ledger.alertRules.verifyEvery = verification?.every ?? .zero
        ledger.findsByKey = findsByKey
        ledger.hasAllReports = reportArrival != .elsewhere
        ledger.sinks = sinks
        return ledger
    }
}

extension Settings {
    private init(_ reader: ObjectReader) {
        api = Api(reader.section("api"))
        reconcile = Reconcile(reader.section("reconcile"))
        let storeReader = reader.section("store")
        databasePasswordFile = storeReader.optionalFile("password_file", hidden: true)
        store = LedgerConfiguration(storeReader)
        alerts = Alerts(reader.section("alerts"))
        ownZone = reader.optional("time_zone", otherwise: nil, TimeZoneText.read).map(Zone.init)
        http = Http(reader.section("http"))
        webhook = Webhook(reader.section("webhook"))
        verify = Verify(reader.section("verify"))
        heartbeat = Heartbeat(reader.section("heartbeat"))
        canary = Canary(reader.section("canary"))
        metrics = Metrics(reader.section("metrics"))
        statusPage = StatusPage(reader.section("status_page"))
        log = Log(reader.section("log"))
        reader.finish()
    }
}

extension Settings {
    /// Where the configuration is looked for when no `--config` names another file.
    package static let defaultPath = "/etc/bizgo-reconciler/config.json5"

    /// Reads and validates the file at `path`. A file that is missing is an error: nobody runs on defaults unawares.
    package static func load(path: String) throws(ConfigurationFailure) -> Settings {
        try load(path: path, files: .system)
    }

    static func load(path: String, files: FileReader) throws(ConfigurationFailure) -> Settings {
        switch files.read(path) {
        case .failure(let failure):
            let remedy =
                failure.isMissing
                ? "; write one (the least is {}, README.md shows every key) or name another with --config FILE"
                : "; the configuration is one readable JSON5 file"
            throw ConfigurationFailure([
                ConfigurationProblem(file: path, key: "", message: "cannot read the configuration: \(failure)\(remedy)")
            ])
        case .success(let content):
            var settings = try parse(content.bytes, file: path)
            if content.mode & 0o004 != 0, settings.holdsSecret {
                settings.warnings.append(
                    ConfigurationProblem(
                        file: path, key: "",
                        message: "everyone can read it and it has an address in it that may be a secret; "
                            + "chmod o= the file or use url_file"))
            }
            return settings
        }
    }

    /// Validates the text of a configuration; `file` is how messages call it. Throws everything that is wrong at once.
    ///
    /// - Parameter servers: that the program can speak to.
    static func parse(
        _ bytes: [UInt8], file: String, servers: Set<ServerAddress.Scheme> = ServerAddress.Scheme.builtIn
    ) throws(ConfigurationFailure) -> Settings {
        func failure(_ line: Int?, _ message: String) -> ConfigurationFailure {
            ConfigurationFailure([ConfigurationProblem(file: file, line: line, key: "", message: message)])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
            throw failure(bad.map { $0 + 1 }, "not UTF-8 text; save the file as UTF-8")
        }
        let root: ConfigNode
        do throws(JSON5Error) {
            root = try JSON5Parser.parse(text)
        } catch {
            throw failure(error.line, "not JSON5: \(error.message)")
        }
        guard case .object(let members) = root.value else {
            throw failure(root.line, "expected an object { … }, found \(root.value.summary(hidden: true))")
        }

        let findings = Findings(file: file)
        let reader = ObjectReader(members, path: "", line: nil, findings: findings)
        var settings = Settings(reader)
        if findings.problems.isEmpty {
            for clash in NamedFiles(settings, configuration: file).clashes {
                reader.section(clash.section).problem(clash.key, clash.message)
            }
            if case .server(let server) = settings.store.place, !servers.contains(server.scheme) {
                reader.section("store").problem("url", server.scheme.buildHint)
            }
        }
        if !findings.problems.isEmpty { throw ConfigurationFailure(findings.sortedProblems) }
        settings.warnings = findings.warnings
        return settings
    }

    /// Whether the file itself holds an address, which people guard like a password.
    private var holdsSecret: Bool {
        api.proxy != nil || alerts.sinks.contains { if case .inline = $0.kind.address { true } else { false } }
    }
}

extension Settings {
    /// Tells somebody else that the daemon lives.
    package struct Heartbeat: Sendable, Equatable {
        package var urlFile: String?
        package var interval = Duration.seconds(300)
    }

    /// A message to the operator's own telephone, now and then.
    package struct Canary: Sendable, Equatable {
        /// Between two; nil: none is sent.
        package var every: Duration?
        /// The body of its send.
        package var requestFile: String?
        /// From its send: the time in which it is to be reported delivered.
        package var within = Duration.seconds(600)
    }

    /// For Prometheus, through node_exporter.
    package struct Metrics: Sendable, Equatable {
        package var textfile: String?
    }

    /// For a browser.
    package struct StatusPage: Sendable, Equatable {
        package var file: String?
    }

    /// The daemon's own log.
    package struct Log: Sendable, Equatable {
        /// The least that is written.
        var level = LogLevel.info
        var format = LogFormatter.Style.logfmt

        package init() {}
    }
}

extension Settings.Heartbeat {
    fileprivate init(_ reader: ObjectReader) {
        urlFile = reader.optionalFile("url_file", hidden: true)
        interval = reader.duration("interval", otherwise: interval)
        reader.finish()
    }
}

extension Settings.Canary {
    fileprivate init(_ reader: ObjectReader) {
        let isSent = reader.isGiven("every")
        every = isSent ? reader.duration("every", otherwise: .seconds(3600)) : nil
        requestFile = reader.optionalFile("request_file")
        within = reader.duration("within", otherwise: within, atMost: .seconds(86_400))
        if isSent, requestFile == nil, reader.isSound("request_file") {
            reader.problem(
                "request_file", "canary.every wants a file with the body of a send to one telephone of yours")
        }
        reader.finish()
    }
}

extension Settings.Metrics {
    fileprivate init(_ reader: ObjectReader) {
        textfile = reader.optionalFile("textfile")
        reader.finish()
    }
}

extension Settings.StatusPage {
    fileprivate init(_ reader: ObjectReader) {
        file = reader.optionalFile("file")
        reader.finish()
    }
}

extension Settings.Log {
    fileprivate init(_ reader: ObjectReader) {
        level = reader.choice("level", otherwise: level)
        format = reader.choice("format", otherwise: format)
        reader.finish()
    }
}
