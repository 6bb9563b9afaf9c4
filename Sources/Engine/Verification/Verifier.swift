package import Reconciliation

/// Asks the provider about the account as a whole, and holds its history against the rows, whatever these say: a row that
/// says `SENT` is never asked about, and may be wrong. Its questions are the least urgent of all (`Priority.idle`).
@EventLoop
package final class Verifier {
    package struct Configuration: Sendable {
        package var policy: Policy
        /// Those of our rows, in the words of their column; nil: all rows are ours.
        package var serviceTypes: [String]?
        package var senders: [SenderKey]

        package init(policy: Policy, serviceTypes: [String]?, senders: [SenderKey]) {
            self.policy = policy
            self.serviceTypes = serviceTypes
            self.senders = senders
        }
    }

    /// How far back a look draws its page from.
    private static let lookBack = Duration.seconds(86_400)
    /// Dead letters by listing that are asked about at a time, and in one night.
    private static let lettersAtOnce = 200
    private static let lettersAtMost = 20_000

    private let configuration: Configuration
    private let ledger: any DifferenceFinder.Store
    private let client: ProviderClient
    private let time: any Timekeeper
    private let log: any Log
    private let meter: any MetricsRecorder
    private var random: any RandomNumberGenerator & Sendable
    private let onChange: @EventLoop () -> Void

    /// - Parameter onChange: called when rows or alerts may have changed.
    package init(
        _ configuration: Configuration, ledger: any Ledger & VerificationLedger, client: ProviderClient,
        time: any Timekeeper, log: any Log, meter: any MetricsRecorder,
        random: any RandomNumberGenerator & Sendable, onChange: @escaping @EventLoop () -> Void = {}
    ) {
        self.configuration = configuration
        self.ledger = ledger
        self.client = client
        self.time = time
        self.log = log
        self.meter = meter
        self.random = random
        self.onChange = onChange
    }

    /// The statistics, the senders, and one page of the history from a moment of the last day.
    package func look() async throws(LedgerError) -> VerificationResult {
        try await run("look") { (finder: DifferenceFinder) async throws(LedgerError) in
            try await readStatistics(finder)
            try await lookAtSenders(finder)
            guard try await canCompare(finder) else { return }
            let now = time.now
            let moment = now - configuration.policy.after - Self.lookBack * Double.random(in: 0..<1, using: &random)
            guard case .answered(let page, let askedAt) = await finder.history(HistoryQuestion(requestTime: moment))
            else { return }
            try await finder.compare(page.entries, askedAt: askedAt)
            try await finder.conclude()
        }
    }

    /// All that was sent in a span, page by page.
    package func verify(_ span: Range<Timestamp>) async throws(LedgerError) -> VerificationResult {
        try await run(span.text) { (finder: DifferenceFinder) async throws(LedgerError) in
            try await walk(span, finder)
        }
    }

    /// The same, and what listings gave up without a question about the message itself.
    package func verifyDay(_ span: Range<Timestamp>) async throws(LedgerError) -> VerificationResult {
        try await run(span.text) { (finder: DifferenceFinder) async throws(LedgerError) in
            try await walk(span, finder)
            try await askAboutListedDeadLetters(finder)
        }
    }

    // MARK: -

    private func run(
        _ what: String, _ body: @EventLoop (DifferenceFinder) async throws(LedgerError) -> Void
    ) async throws(LedgerError) -> VerificationResult {
        let report = CycleReport(client: client, time: time, log: log, meter: meter, onCommit: onChange)
        let finder = DifferenceFinder(
            ledger: ledger, client: client, policy: configuration.policy,
            serviceTypes: configuration.serviceTypes.map(Set.init), time: time, meter: meter, report: report,
            random: random)
        defer {
            meter.verified(.agrees, count: finder.result.agreeing)
            report.finish()
            onChange()
        }
        try await body(finder)
        log.write(.verified(what, finder.result))
        return finder.result
    }

    private func walk(_ span: Range<Timestamp>, _ finder: DifferenceFinder) async throws(LedgerError) {
        guard try await canCompare(finder) else { return }
        var walk = ListingWalk(span)
        while let question = walk.next {
            guard case .answered(let page, let askedAt) = await finder.history(question) else { break }
            try await finder.compare(walk.arrived(page), askedAt: askedAt)
        }
        try await finder.conclude()
    }

    /// No table is walked for each message of a listing.
    private func canCompare(_ finder: DifferenceFinder) async throws(LedgerError) -> Bool {
        guard try await !ledger.findsByKey() else { return true }
        finder.cannotCompare()
        return false
    }

    private func askAboutListedDeadLetters(_ finder: DifferenceFinder) async throws(LedgerError) {
        var past = try await ledger.lastListedDeadLetter()
        for _ in 0..<Self.lettersAtMost / Self.lettersAtOnce {
            let letters = try await ledger.deadLettersByListing(past: past, limit: Self.lettersAtOnce)
            guard let last = letters.last else { return }
            let messages = try await ledger.reported(letters.map(\.key)).compactMap(\.message)
                .filter { $0.status == .deadLetter }
            for question in PlannedQuestion.fewest(for: messages, bySend: client.offersSends) {
                guard !Task.isCancelled, try await ask(question, finder) else { return }
            }
            past = last.id
            try await ledger.keep(lastListedDeadLetter: past)
        }
    }

    /// - Returns: false where the provider is not being asked now. A message that it has no answer about keeps none of the
    ///   others from being asked about.
    private func ask(_ question: PlannedQuestion, _ finder: DifferenceFinder) async throws(LedgerError) -> Bool {
        switch question {
        case .message(let message):
            guard message.key.canBeAsked else { return true }
            switch await finder.ask(.channels(message.key)) {
            case .answered(let entries, let askedAt):
                try await finder.heal([message], [message.key: entries], askedAt: askedAt)
                return true
            case .failed: return true
            case .notAsked: return false
            }
        case .send(let id, let messages):
            guard case .answered(let entries, let askedAt) = await finder.ask(.request(id)) else {
                for message in messages where try await !ask(.message(message), finder) { return false }
                return true
            }
            try await finder.heal(messages, Dictionary(grouping: entries, by: \.key), askedAt: askedAt)
            return true
        }
    }

    // MARK: The account

    private func readStatistics(_ finder: DifferenceFinder) async throws(LedgerError) {
        let days = DeliveryHistory.daysToAsk(at: time.now)
        // It takes one kind, in the provider's own word; else all of the account's are counted.
        let types = configuration.serviceTypes ?? []
        let type = types.count == 1 && SendRequest.isServiceType(types[0]) ? types[0] : nil
        let question = StatisticsQuestion(days: days, serviceType: type)
        guard case .answered(let statistics, _) = await finder.statistics(question) else { return }
        var history = try await ledger.deliveryHistory()
        history.note(statistics, at: time.now)
        try await ledger.keep(history, observing: [history.observation], at: time.now)
    }

    /// One that is not configured any more is over.
    private func lookAtSenders(_ finder: DifferenceFinder) async throws(LedgerError) {
        var observations: [AlertObservation] = []
        for key in configuration.senders {
            guard let state = await finder.sender(key, on: KoreanDay(time.now)) else { continue }
            if state.profile == nil { log.write(.unknownSender(key)) }
            observations.append(state.observation(of: key))
        }
        observations.append(.noOther(.senderBlocked, than: Set(configuration.senders.map(\.identity))))
        try await ledger.observe(observations, at: time.now)
    }
}

extension Range<Timestamp> {
    fileprivate var text: String { "\(lowerBound.iso8601())/\(upperBound.iso8601())" }
}

extension LogEvent {
    /// `verify.unknown_sender`
    fileprivate static func unknownSender(_ key: SenderKey) -> LogEvent {
        LogEvent(
            .warn, .verifyUnknownSender,
            [
                LogField("sender", .string(key.description)),
                LogField("error", .string("the provider has no such sender profile: check verify.sender_keys_file")),
            ])
    }

    /// `verify.completed` or, where the provider could not be asked everything, `verify.incomplete`.
    fileprivate static func verified(_ what: String, _ result: VerificationResult) -> LogEvent {
        var fields = [
            LogField("of", .string(what)), LogField("checked", .integer(result.checked)),
            LogField("requests", .integer(result.requests)),
        ]
        for kind in Difference.Kind.allCases {
            fields.append(LogField(kind.rawValue, .integer(result.count(kind))))
        }
        guard result.isIncomplete || result.isWithoutRows else { return LogEvent(.info, .verifyCompleted, fields) }
        let error =
            result.isIncomplete
            ? result.failure?.detail ?? "the provider is not being asked now"
            : "no index finds a row by its msgKey: rows are not compared (check says more)"
        fields.append(LogField("error", .string(error)))
        return LogEvent(.warn, .verifyIncomplete, fields)
    }
}
