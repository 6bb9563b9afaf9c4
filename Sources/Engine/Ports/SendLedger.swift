package import Reconciliation

/// The application's table as the sender's half needs it: rows that are not there yet, and sends of which it is not yet
/// known what became of them.
package protocol SendLedger: Sendable {
    /// Writes a pending row for each accepted message, in one transaction. One that has a row already is left as it is.
    /// - Parameter serviceType: for the column of that name; nil where it is not known.
    /// - Throws: `unusable` where the table wants a value that only the application knows.
    func record(
        _ keys: [MessageKey], serviceType: String?, at now: Timestamp
    ) async throws(LedgerError) -> RecordResult

    /// Writes a pending row without a key for each recipient, and the send itself, in one transaction: before anything is
    /// put to the provider.
    /// - Throws: `unusable` where the table cannot have such rows, `readOnly` where the account may not write all that is to be
    ///   written of them, now or later: it names what is missing.
    func begin(_ send: NewSend, at now: Timestamp) async throws(LedgerError)

    /// Sends that are to be gone on with by `now`, those first that have waited longest.
    func openSends(at now: Timestamp, limit: Int) async throws(LedgerError) -> [OpenSend]

    /// One of them, whenever it is to be gone on with; nil when it is resolved, or there is none.
    func openSend(_ key: SendKey) async throws(LedgerError) -> OpenSend?

    /// Notes that the request is about to be put to the provider.
    /// - Returns: its body; nil where the send is resolved.
    func beginTry(of key: SendKey, at now: Timestamp) async throws(LedgerError) -> [UInt8]?

    /// Notes what is known now, rows and send in one transaction. Where that is all, the request's body is forgotten.
    /// - Parameters:
    ///   - lookedAt: when a look began that went through all of the history; nil where there was none.
    ///   - tryAt: when to go on, where that is not all.
    /// - Returns: what became of it so far.
    func conclude(
        _ key: SendKey, _ conclusion: OpenSend.Conclusion, lookedAt: Timestamp?, tryAt: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> SendStory

    /// Forgets the request and leaves the rows of recipients of whom nothing is known; people are told of them in the same
    /// transaction.
    func giveUp(_ key: SendKey, at now: Timestamp) async throws(LedgerError) -> SendStory

    /// When the newest canary was sent; nil where there is none.
    func lastCanary() async throws(LedgerError) -> Timestamp?

    /// Canaries whose time is over by `now`.
    func canariesToJudge(at now: Timestamp) async throws(LedgerError) -> [CanaryFlight]

    /// Notes what was found out about a canary: it is judged once. Nil: about none, so that what fires is over.
    func judged(_ canary: SendKey?, _ observation: AlertObservation, at now: Timestamp) async throws(LedgerError)

    /// Nil where there is no such send.
    func story(of key: SendKey) async throws(LedgerError) -> SendStory?
}

/// A send that is about to be made.
package struct NewSend: Sendable {
    package var key: SendKey
    package var purpose: OpenSend.Purpose
    package var body: [UInt8]
    package var recipients: Int
    package var serviceType: String?
    /// Of a canary: the time in which it is to be reported delivered.
    package var within: Duration?

    package init(
        _ request: SendRequest, as key: SendKey, purpose: OpenSend.Purpose = .send, serviceType: String?,
        within: Duration? = nil
    ) {
        self.within = within
        self.key = key
        self.purpose = purpose
        body = request.body(as: key)
        recipients = request.recipients
        self.serviceType = serviceType
    }
}

/// A canary, and what is known of it.
package struct CanaryFlight: Hashable, Sendable {
    package var key: SendKey
    package var createdAt: Timestamp
    /// Nil where it is not known.
    package var outcome: RecipientOutcome?
    /// Of its message's row; nil where there is none.
    package var status: RowStatus?

    package init(key: SendKey, createdAt: Timestamp, outcome: RecipientOutcome?, status: RowStatus?) {
        self.key = key
        self.createdAt = createdAt
        self.outcome = outcome
        self.status = status
    }
}

/// What became of a send so far.
package struct SendStory: Hashable, Sendable {
    /// In the order of the request; nil where it is not known.
    package var outcomes: [RecipientOutcome?]
    /// Nothing more will be found out, or need be.
    package var isClosed: Bool
    /// Why it is not known of all, for people.
    package var trouble: String?
    /// When it is gone on with; nil for a closed one.
    package var tryAt: Timestamp?

    package init(outcomes: [RecipientOutcome?], isClosed: Bool, trouble: String?, tryAt: Timestamp?) {
        self.outcomes = outcomes
        self.isClosed = isClosed
        self.trouble = trouble
        self.tryAt = tryAt
    }

    package var accepted: [MessageKey] {
        outcomes.compactMap { if case .accepted(let key, _)? = $0 { key } else { nil } }
    }

    package var unknown: Int { outcomes.count { $0 == nil } }
}

/// What became of accepted messages that were to be recorded.
package struct RecordResult: Hashable, Sendable {
    package var recorded: [MessageKey] = []
    /// These had a row before.
    package var known: [MessageKey] = []

    package init() {}
}
