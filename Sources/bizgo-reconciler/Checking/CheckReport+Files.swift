internal import Engine
internal import Ledger
internal import Operations

// What can be known without the network.
extension CheckReport {
    func configuration(_ setup: Setup, _ path: String) {
        fine("configuration", path)
        let inspection = SecretResolver(environment: Setup.environment).inspect(setup.settings)
        for warning in setup.settings.warnings + inspection.warnings { note("configuration", warning.description) }
    }

    mutating func store(_ settings: Settings) async {
        do throws(CommandFailure) {
            let (version, plan, statuses, unreadable, types, gaps, rows) = try await LedgerDoor.with(
                settings, .readOnly, findsByKey: settings.polls
            ) { ledger throws(LedgerError) in
                (
                    try await ledger.schemaVersion(), ledger.duePlan, try await ledger.unmappedStatuses(),
                    try await ledger.unreadableExamples(), try await ledger.serviceTypes(),
                    try await ledger.foreignKeyGaps(), try await ledger.rowsToIndex()
                )
            }
            tables(settings.store, version, walksTable: plan == .tableWalk)
            if let rows { note("store", Self.index(of: rows)) }
            if let statuses { note("store", statuses.text(settings.store)) }
            for text in unreadable.texts(settings.store) { note("store", text) }
            if let types { note("store", types.text(settings.store)) }
            for gap in gaps { wrong("store", gap) }
            try writable(settings)
            try InstanceLock.check(settings.store.path)
        } catch {
            wrong("store", error.lines.joined(separator: "; "), error.code)
        }
    }

    private func tables(_ store: Settings.Store, _ version: Int?, walksTable: Bool) {
        fine(
            "store",
            "\(store.path), table \(store.table), "
                + (version.map { "reconciler tables of version \($0)" } ?? "the reconciler has not been here yet"))
        guard walksTable, !store.createIndex else { return }
        note(
            "store",
            "no index helps to find pending rows: every cycle walks the table; store.create_index: true mends that")
    }

    private static func index(of rows: Int) -> String {
        "store.create_index: the index is not there yet; it is made at the end of the first cycle that leaves nothing due."
            + " Nobody else can write meanwhile: the whole table is read, \(rows) rows at most, about a second for a"
            + " million"
    }

    private func writable(_ settings: Settings) throws(CommandFailure) {
        do throws(LedgerError) {
            try SQLiteLedger.checkWritable(settings.store.path)
            try SQLiteLedger.checkChangeable(settings.ledger(rules: settings.alertRules))
        } catch {
            throw CommandFailure(error)
        }
    }

    mutating func metrics(_ setup: Setup) {
        guard let path = setup.settings.metrics.textfile else { return }
        do throws(CommandFailure) {
            try setup.checkMetricsFile()
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
        do throws(ReplacedFile.Failure) {
            try ReplacedFile(path: path).check()
            fine("status page", path)
        } catch {
            wrong("status page", error.message)
        }
    }

    /// Of the sinks only those that are programs.
    mutating func programs(_ setup: Setup) {
        for sink in setup.settings.alerts.sinks {
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
