package import Engine
package import Reconciliation

/// What `record` says: which messages have a row now, and which recipients were not accepted. No telephone numbers.
package enum RecordText {
    package static func lines(_ result: RecordResult, _ answer: SendAnswer) -> [String] {
        result.recorded.map { "recorded      \($0)" } + result.known.map { "known before  \($0)" }
            + answer.rejected.map { "not accepted  recipient \($0.number) of \(answer.recipients.count): \($0.code)" }
            + (answer.refusal.map { ["not accepted  the whole send: \($0)"] } ?? [])
            + answer.nameless.map {
                "not recorded  recipient \($0.number): accepted (\($0.code)), but without a msgKey"
            }
    }

    package static func json(_ result: RecordResult, _ answer: SendAnswer) -> JSONOutput {
        .object([
            ("recorded", .array(result.recorded.map { .string($0.text) })),
            ("known", .array(result.known.map { .string($0.text) })),
            ("rejected", .array(answer.rejected.map(json))), ("without_key", .array(answer.nameless.map(json))),
            ("refusal", .optional(answer.refusal)),
        ])
    }

    private static func json(_ recipient: SendAnswer.Numbered) -> JSONOutput {
        .object([("recipient", .integer(recipient.number)), ("code", .string(recipient.code))])
    }
}

/// What `send` says: which messages were accepted, which recipients were not, and of whom it is not known yet.
package enum SendText {
    package static func lines(_ story: SendStory) -> [String] {
        let count = story.outcomes.count
        return story.outcomes.enumerated().map { index, outcome in
            switch outcome {
            case .accepted(let key, _)?: "accepted      \(key)"
            case .rejected(let why)?: "not accepted  recipient \(index + 1) of \(count): \(why)"
            case nil: "not known     recipient \(index + 1) of \(count)"
            }
        }
    }

    package static func json(_ key: SendKey, _ story: SendStory) -> JSONOutput {
        var rejected: [JSONOutput] = []
        var unknown: [JSONOutput] = []
        for (index, outcome) in story.outcomes.enumerated() {
            switch outcome {
            case .accepted?: continue
            case .rejected(let why)?:
                rejected.append(.object([("recipient", .integer(index + 1)), ("reason", .string(why))]))
            case nil: unknown.append(.integer(index + 1))
            }
        }
        return .object([
            ("send", .string(key.text)), ("accepted", .array(story.accepted.map { .string($0.text) })),
            ("rejected", .array(rejected)), ("unknown", .array(unknown)),
        ])
    }
}

extension SendAnswer {
    /// A recipient by its place in the answer, from 1.
    struct Numbered {
        let number: Int
        let code: String
    }

    fileprivate var rejected: [Numbered] { numbered { !$0.isAccepted } }

    /// Accepted without a key: nothing can be recorded.
    fileprivate var nameless: [Numbered] { numbered { $0.isAccepted && $0.key == nil } }

    private func numbered(where isMeant: (Recipient) -> Bool) -> [Numbered] {
        recipients.enumerated().filter { isMeant($0.element) }
            .map { Numbered(number: $0.offset + 1, code: $0.element.code) }
    }
}
