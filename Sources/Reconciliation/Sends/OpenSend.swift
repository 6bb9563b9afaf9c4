/// A send of which it is not yet known what became of each recipient. Decides what to do about it: nothing is ever sent
/// twice, and none is forgotten.
///
///     never requested ──▶ request ──answered──▶ resolved
///                           │ no answer: may have arrived
///                           ▼
///                 repeat with the same idempotency key, while the provider knows it
///                           │ "duplicate" without a key, or the key's time is nearly over
///                           ▼
///                 look for its refs in the history ──not there after the key's time──▶ told, left as it is
package struct OpenSend: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable {
        case send
        case canary
    }

    package enum Step: Hashable, Sendable {
        /// Put the request to the provider, for the first time or again.
        case request
        /// Look for it in the history of sends.
        case look
        /// Tell people, and leave it.
        case giveUp
    }

    package var key: SendKey
    package var purpose: Purpose
    package var createdAt: Timestamp
    /// Requests that were begun.
    package var tries: Int
    package var lastTriedAt: Timestamp?
    /// The provider has said that it accepted this send before.
    package var isKnownToProvider: Bool
    /// When the last look through all of the history began.
    package var lookedAt: Timestamp?
    /// Steps in a row that did not resolve it.
    package var failures: Int
    /// The recipients, from 0, of whom it is not known what became.
    package var open: [Int]

    package init(
        key: SendKey, purpose: Purpose = .send, createdAt: Timestamp, tries: Int = 0, lastTriedAt: Timestamp? = nil,
        isKnownToProvider: Bool = false, lookedAt: Timestamp? = nil, failures: Int = 0, open: [Int]
    ) {
        self.key = key
        self.purpose = purpose
        self.createdAt = createdAt
        self.tries = tries
        self.lastTriedAt = lastTriedAt
        self.isKnownToProvider = isKnownToProvider
        self.lookedAt = lookedAt
        self.failures = failures
        self.open = open
    }

    /// Before the key's time is over: a request may travel for long, and clocks differ.
    private static let margin = Duration.seconds(3600)

    /// How far back the provider answers.
    private static let window = Duration.seconds(30 * 86_400)

    /// From then on the send is never repeated.
    package var deadline: Timestamp { createdAt + SendKey.timeToLive - Self.margin }

    /// The provider has forgotten the key by then, whatever it counts from.
    package var end: Timestamp { createdAt + SendKey.timeToLive + Self.margin }

    package func step(at now: Timestamp) -> Step {
        if tries == 0 { return now < deadline ? .request : .giveUp }
        // A clock that was put back says nothing of the key's age.
        let clockIsSound = now >= createdAt && lastTriedAt.map { now >= $0 } != false
        if !isKnownToProvider, now < deadline, clockIsSound { return .request }
        if let lookedAt, lookedAt >= end { return .giveUp }
        // Whatever the history is like: there is no use in it any more.
        if now >= createdAt + Self.window { return .giveUp }
        return .look
    }

    /// When to go on after a step that did not resolve it.
    package func pause() -> Duration {
        min(.seconds(600), .seconds(1 << min(failures, 10)))
    }
}

/// What came of one request.
package enum SendReply: Hashable, Sendable {
    /// Each recipient, in the order of the request.
    case answered([SendAnswer.Recipient])
    /// The whole send was accepted before: its idempotency key is known.
    case duplicate
    /// A plain no to this request: nothing was accepted by it.
    case refused(String)
    /// Not now: over the account's limit. Nothing was accepted by it.
    case notNow(String, retryAfter: Duration?)
    /// No answer, or none that can be read: it may have been accepted.
    case unknown(String)
}

/// A page of the history of sends, as far as it is about ours.
package struct SentPage: Hashable, Sendable {
    package var keys: [SendReference: MessageKey]
    /// Where the next page begins, as the provider says.
    package var cursor: Int64?
    package var hasNext: Bool?

    package init(keys: [SendReference: MessageKey], cursor: Int64?, hasNext: Bool?) {
        self.keys = keys
        self.cursor = cursor
        self.hasNext = hasNext
    }
}

/// What is known of one recipient.
package enum RecipientOutcome: Hashable, Sendable {
    /// - Parameter isNew: by this request, not by an earlier one.
    case accepted(MessageKey, isNew: Bool)
    /// Not accepted; why: a code, or our words for it.
    case rejected(String)
}

extension OpenSend {
    /// What a reply changes.
    package struct Conclusion: Hashable, Sendable {
        package var outcomes: [Int: RecipientOutcome] = [:]
        /// Why it is not resolved, for people; nil where it is, or where the provider has said all that it will.
        package var trouble: String?
        package var isKnownToProvider = false

        package init(
            outcomes: [Int: RecipientOutcome] = [:], trouble: String? = nil, isKnownToProvider: Bool = false
        ) {
            self.outcomes = outcomes
            self.trouble = trouble
            self.isKnownToProvider = isKnownToProvider
        }
    }

    /// - Parameter self: with the request counted among its tries.
    package func conclude(_ reply: SendReply) -> Conclusion {
        var conclusion = Conclusion(isKnownToProvider: isKnownToProvider)
        switch reply {
        case .answered(let recipients):
            for recipient in open {
                guard recipients.indices.contains(recipient) else { continue }
                let answer = recipients[recipient]
                switch (answer.isAccepted, answer.key) {
                case (true, let key?):
                    conclusion.outcomes[recipient] = .accepted(
                        key, isNew: answer.code == SendAnswer.Recipient.accepted)
                case (true, nil): conclusion.isKnownToProvider = true
                case (false, _): conclusion.outcomes[recipient] = .rejected(answer.code)
                }
            }
            if conclusion.outcomes.count < open.count {
                conclusion.trouble = "accepted, but its msgKey is not known yet"
            }
        case .duplicate:
            conclusion.isKnownToProvider = true
            conclusion.trouble = "accepted, but its msgKey is not known yet"
        case .refused(let detail) where tries <= 1:
            for recipient in open { conclusion.outcomes[recipient] = .rejected(detail) }
        // An earlier request may have arrived all the same.
        case .refused(let detail), .notNow(let detail, _), .unknown(let detail):
            conclusion.trouble = detail
        }
        return conclusion
    }
}
