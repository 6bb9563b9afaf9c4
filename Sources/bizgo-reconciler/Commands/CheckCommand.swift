internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// Whether the daemon could work.
@EventLoop
enum CheckCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        var report = CheckReport()
        report.configuration(loaded, LoadedConfiguration.path(arguments))
        // A database with two names is not to be worked on by anybody, whatever the provider says.
        if case .file(let path) = loaded.settings.store.place { try InstanceLock.checkName(path) }
        await report.store(loaded.settings)
        report.metrics(loaded)
        report.statusPage(loaded.settings)
        report.verification(loaded)
        await report.listener(loaded)
        if arguments.has(.offline) {
            report.programs(loaded)
        } else {
            await report.provider(loaded)
            await report.sinks(loaded)
            await report.heartbeat(loaded)
        }
        return report.code
    }
}

/// What `check` finds: what is fine goes to stdout, what is not to stderr.
@EventLoop
struct CheckReport {
    /// The exit code: of what is wrong here, the first. So a database that is locked (75) or damaged (74), which is looked
    /// at first and without which nothing works, stays that whatever a sink lacks (78). What is wrong at the provider's
    /// (69) counts where all is well here.
    private(set) var code = ExitCode.ok

    func fine(_ part: String, _ text: String) {
        Terminal.line("ok    \(part): \(text)")
    }

    func note(_ part: String, _ text: String) {
        Terminal.line("note  \(part): \(text)")
    }

    mutating func wrong(_ part: String, _ text: String, _ code: ExitCode = .configuration) {
        Terminal.error("\(part): \(text)")
        if self.code == .ok || self.code == .unavailable { self.code = code }
    }
}

// What can be known without the network.
extension CheckReport {
    func configuration(_ loaded: LoadedConfiguration, _ path: String) {
        fine("configuration", path)
        let inspection = SecretResolver(environment: LoadedConfiguration.environment).inspect(loaded.settings)
        for warning in loaded.settings.warnings + inspection.warnings { note("configuration", warning.description) }
    }

    mutating func store(_ settings: Settings) async {
        do throws(CommandFailure) {
            let (version, plan, statuses, unreadable, types, gaps, grants, rows, findsByKey, lacks) =
                try await withLedger(
                    settings, .readOnly, findsByKey: settings.reportArrival != .elsewhere
                ) { ledger throws(LedgerError) in
                    (
                        try await ledger.schemaVersion(), ledger.duePlan, try await ledger.unmappedStatuses(),
                        try await ledger.unreadableExamples(), try await ledger.serviceTypes(),
                        try await ledger.foreignKeyGaps(),
                        try await ledger.missingGrants(for: settings.ownRows),
                        try await ledger.rowsToIndex(), try await ledger.findsByKey(), try await TableLacks(ledger)
                    )
                }
            tables(settings.store, version, walksTable: plan == .tableWalk)
            if let rows, lacks.indexObstacle == nil { note("store", Self.index(of: rows, settings.store.place)) }
            if !findsByKey, settings.verification != nil {
                note(
                    "store",
                    "no index finds a row by column \(settings.store.columns.messageKey): verification looks at the account's"
                        + " statistics only, and compares no rows: make one (UNIQUE has one)")
            }
            if let statuses { note("store", statuses.text(settings.store)) }
            for text in unreadable.texts(settings.store) { note("store", text) }
            if let types { note("store", types.text(settings.store)) }
            for text in lacks.texts { note("store", text) }
            for gap in gaps { wrong("store", gap) }
            for grant in grants {
                wrong("store", "the account may not do all that it must: have an administrator run \(grant)")
            }
            try writable(settings)
        } catch {
            wrong("store", error.lines.joined(separator: "; "), error.code)
        }
    }

    private func tables(_ store: LedgerConfiguration, _ version: Int?, walksTable: Bool) {
        fine(
            "store",
            "\(store.place.text), table \(store.table), "
                + (version.map { "reconciler tables of version \($0)" } ?? "the reconciler has not been here yet"))
        guard walksTable, !store.createIndex else { return }
        note(
            "store",
            "no index helps to find pending rows: every cycle walks the table; store.create_index: true mends that")
    }

    private static func index(of rows: Int, _ place: LedgerConfiguration.Place) -> String {
        let begin =
            "store.create_index: the index is not there yet; it is made at the end of the first cycle that leaves nothing due."
        let million = "the whole table is read, \(rows) rows at most, about a second for a million"
        return switch place {
        case .file: "\(begin) Nobody else can write meanwhile: \(million)"
        case .server: "\(begin) Others go on writing meanwhile: \(million)"
        }
    }

    private func writable(_ settings: Settings) throws(CommandFailure) {
        do throws(LedgerError) {
            if case .file(let path) = settings.store.place { try SQLLedger.checkWritable(path) }
            try SQLLedger.checkChangeable(settings.ledger())
        } catch {
            throw CommandFailure(error)
        }
        if case .file(let path) = settings.store.place { try InstanceLock.check(path) }
    }

    mutating func metrics(_ loaded: LoadedConfiguration) {
        guard let path = loaded.settings.metrics.textfile else { return }
        do throws(CommandFailure) {
            try loaded.checkMetricsFile()
        } catch {
            return wrong("metrics", error.lines.joined(separator: "; "))
        }
        fine("metrics", "\(path) may be written")
        if !path.hasSuffix(".prom") {
            note("metrics", "node_exporter reads only files whose names end in .prom; this one does not")
        }
    }

    mutating func statusPage(_ settings: Settings) {
        guard let path = settings.statusPage.file else { return }
        do throws(AtomicFile.Failure) {
            try AtomicFile(path: path).check()
            fine("status page", path)
        } catch {
            wrong("status page", error.message)
        }
    }

    func verification(_ loaded: LoadedConfiguration) {
        let settings = loaded.settings
        guard settings.api.generation == .comm else {
            return note(
                "verification",
                "nothing is verified: api.generation \"omni\" has no questions about the account. Rows that say"
                    + " \(settings.store.statuses.sent) too early are not noticed")
        }
        guard let schedule = settings.verification else {
            return note(
                "verification",
                "nothing is verified: verify.every is null. Rows that say \(settings.store.statuses.sent) too early are"
                    + " not noticed")
        }
        let senders = loaded.senders.isEmpty ? "" : ", with \(loaded.senders.count) sender profiles"
        fine("verification", "every \(DurationText.format(schedule.every))\(senders); whole days at night")
    }

    /// Of the sinks only those that are programs.
    mutating func programs(_ loaded: LoadedConfiguration) {
        for sink in loaded.settings.alerts.sinks {
            if let result = SinkReach.program(of: sink) { tell(sink, result) }
        }
    }

    mutating func tell(_ sink: Settings.Sink, _ result: Result<String, SinkReach.Problem>) {
        switch result {
        case .success(let text): fine("sink \(sink.name)", text)
        case .failure(let problem): wrong("sink \(sink.name)", problem.text)
        }
    }
}

// What cannot be read in the application's rows, and what to set.
extension UnreadableExamples {
    func texts(_ store: LedgerConfiguration) -> [String] {
        [times(store), keys(store)].compactMap(\.self)
    }

    private func times(_ store: LedgerConfiguration) -> String? {
        guard let time else { return nil }
        let column = store.columns.acceptedAt
        let remedy =
            time.format.map { "it looks like \"\($0.rawValue)\": set store.time_format to that" }
            ?? "see store.time_format and store.columns.accepted_at"
        let rows = areTimesPending ? "pending rows" : "of the newest settled rows"
        return "\(times) \(rows) have a \(column) that cannot be read as store.time_format"
            + " \"\(store.timeFormat.rawValue)\", for example `\(time.shape)` in row \(time.row); without a time no message is given up: \(remedy)"
    }

    private func keys(_ store: LedgerConfiguration) -> String? {
        key.map {
            "\(keys) pending rows have a \(store.columns.messageKey) that is no text, or longer than \(MessageKey.longest) bytes, row"
                + " \($0) for one: nobody is asked about them; see store.columns.message_key"
        }
    }
}

// A mapping of status words that fits no row, for people.
extension UnmappedStatuses {
    func text(_ store: LedgerConfiguration) -> String {
        let configured = [store.statuses.pending, store.statuses.sent, store.statuses.deadLetter]
        return "none of the newest \(rows) rows has a status of store.statuses (\(Self.quoted(configured))), they have "
            + "\(Self.quoted(examples)): if those are the same by other names, no message is asked about"
    }

    private static func quoted(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: ", ") }
}

/// What the application's table cannot do, and the reconciler does without.
private struct TableLacks: Sendable {
    let narrowColumn: NarrowColumn?
    let growthlessAddress: String?
    let indexObstacle: String?

    init(_ ledger: SQLLedger) async throws(LedgerError) {
        narrowColumn = try await ledger.narrowColumn()
        growthlessAddress = try await ledger.growthlessAddress()
        indexObstacle = try await ledger.indexObstacle()
    }

    var texts: [String] {
        [
            narrowColumn.map {
                "column \($0.name) keeps its texts in \($0.characterSet), which cannot hold all that the provider writes"
                    + " (Korean, most of it): what it lacks is written as ?, or refused with its row. Mend it by \($0.remedy)"
            },
            growthlessAddress.map {
                "rows are found by \($0), which does not grow with them: what the application settles is not counted, and"
                    + " WebhookGap and FailureRate never fire"
            },
            indexObstacle.map { "store.create_index: \($0)" },
        ].compactMap(\.self)
    }
}

extension ServiceTypes {
    func text(_ store: LedgerConfiguration) -> String {
        switch self {
        case .foreign(let words):
            "pending rows have service_type \(Self.listed(words)), and are asked about like all others: set"
                + " store.service_types if they are not Bizgo's"
        case .noneOurs(let rows, let words):
            "none of the newest \(rows) rows has a service_type of store.service_types"
                + " (\((store.serviceTypes ?? []).joined(separator: ", "))), they have \(Self.listed(words)): if those are"
                + " Bizgo's, no message is asked about"
        }
    }

    private static func listed(_ words: [Word]) -> String {
        words.map { "\($0.text) (\($0.rows))" }.joined(separator: ", ")
    }
}

extension LogEvent {
    /// `store.unmapped_statuses`
    static func unmapped(_ statuses: UnmappedStatuses, _ store: LedgerConfiguration) -> LogEvent {
        LogEvent(.warn, .storeUnmappedStatuses, [LogField("error", .string(statuses.text(store)))])
    }
}

extension Settings {
    /// Those that the daemon writes: of canaries, and what is handed on by HTTP.
    fileprivate var ownRows: OwnRows {
        if canary.every != nil { return .sent }
        return http.listen != nil ? .recorded : .none
    }
}
