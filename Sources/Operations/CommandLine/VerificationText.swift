package import Ledger
package import Reconciliation

/// What `ask` says: what the provider answered, and what the row says now.
package enum AskedText {
    package static func lines(_ asked: [AskedMessage], _ rows: [MessageKey: StoredMessage]) -> [String] {
        TextTable.lines(
            ["MSGKEY", "STATUS", "CODE", "THE PROVIDER"],
            asked.map { message in
                let row = rows[message.key]
                return [
                    message.key.text, row?.statusWithReason ?? "-", row?.reportCode ?? "-", words(message.answer),
                ]
            })
    }

    package static func json(_ asked: [AskedMessage], _ rows: [MessageKey: StoredMessage]) -> JSONOutput {
        .array(
            asked.map { message in
                let row = rows[message.key].map(MessageText.members) ?? [("msg_key", .string(message.key.text))]
                return .object(row + answer(message.answer))
            })
    }

    private static func words(_ answer: AskedMessage.Answer) -> String {
        switch answer {
        case .delivered: "delivered"
        case .failed(let code): "failed: \(code)" + (code.gloss.map { " (\($0))" } ?? "")
        case .noReportYet: "no report yet"
        case .unanswered(let why): "not answered: \(why)"
        }
    }

    private static func answer(_ answer: AskedMessage.Answer) -> [(String, JSONOutput)] {
        switch answer {
        case .delivered: [("answer", .string("delivered")), ("answer_code", .null), ("error", .null)]
        case .failed(let code):
            [("answer", .string("failed")), ("answer_code", .string(code.text)), ("error", .null)]
        case .noReportYet: [("answer", .string("no_report_yet")), ("answer_code", .null), ("error", .null)]
        case .unanswered(let why):
            [("answer", .string("unanswered")), ("answer_code", .null), ("error", .string(why))]
        }
    }
}

/// What `verify` says.
package enum VerifiedText {
    package static func lines(_ verified: VerifiedSpan, in zone: Zone) -> [String] {
        var sum =
            "\(NumberText.grouped(verified.checked)) messages checked by \(NumberText.grouped(verified.requests))"
            + " requests: "
        guard verified.found > 0 else { return [sum + "nothing differs"] }
        sum += "\(NumberText.grouped(verified.found)) differ"
        if verified.listed.count < verified.found {
            sum += "; listed are \(NumberText.grouped(verified.listed.count))"
        }
        return TextTable.lines(
            ["MSGKEY", "WHAT", "ROW", "CODE", "ACCEPTED"],
            verified.listed.map { difference in
                [
                    difference.key.text, difference.kind.rawValue, difference.rowStatus?.rawValue ?? "-",
                    difference.code?.text ?? "-", difference.acceptedAt.map(zone.second) ?? "-",
                ]
            }) + [sum]
    }

    package static func json(_ verified: VerifiedSpan) -> JSONOutput {
        .object([
            ("checked", .integer(verified.checked)), ("requests", .integer(verified.requests)),
            ("differences", .array(verified.listed.map(DifferenceText.json))),
        ])
    }
}

/// What differs, wherever it is told.
enum DifferenceText {
    /// `3 say SENT and failed, 1 without a row, 2 healed`, of those there are.
    static func sum(_ counts: [Difference.Kind: Int]) -> String {
        Difference.Kind.allCases.compactMap { kind in
            counts[kind].map { "\(NumberText.grouped($0)) \(words(kind))" }
        }.joined(separator: ", ")
    }

    /// As its row and the provider have it.
    static func line(_ difference: Difference) -> String {
        let code = difference.code.map { " with \($0)" + ($0.gloss.map { " (\($0))" } ?? "") } ?? ""
        return switch difference.kind {
        case .falseSent: "the row said SENT, and the provider says that it failed on every channel\(code)"
        case .missingRow: "there was no row, and the provider reports it\(code)"
        case .healed: "the row said DEAD_LETTER, and the provider says that it was delivered: SENT now"
        }
    }

    static func json(_ difference: Difference) -> JSONOutput {
        .object([
            ("kind", .string(difference.kind.rawValue)), ("msg_key", .string(difference.key.text)),
            ("row_status", .optional(difference.rowStatus?.rawValue)),
            ("report_code", .optional(difference.code?.text)),
            ("accepted_at", .optional(difference.acceptedAt?.iso8601())),
        ])
    }

    /// The counts of `status --json`.
    static func json(_ counts: [Difference.Kind: Int]) -> JSONOutput {
        .object([
            ("false_sent", .integer(counts[.falseSent] ?? 0)), ("missing_rows", .integer(counts[.missingRow] ?? 0)),
            ("healed", .integer(counts[.healed] ?? 0)),
        ])
    }

    private static func words(_ kind: Difference.Kind) -> String {
        switch kind {
        case .falseSent: "say SENT and failed"
        case .missingRow: "without a row"
        case .healed: "dead letters healed"
        }
    }
}
