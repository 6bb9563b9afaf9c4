internal import Engine
internal import Reconciliation

/// Sends of ours, and what is known of their recipients. Few: statements are prepared where they are used.
struct SendTable {
    let mapping: TableMapping
    let database: any Database

    /// Ahead of the clock by more than this, a time to go on was noted before the clock was put back.
    private static let longestPause = Duration.seconds(3600)

    func add(_ send: NewSend, rows: [RowLocator], judgeAt: Timestamp?, at now: Timestamp) throws {
        try database.statement(
            """
            INSERT INTO reconciler_send (send_key, purpose, created_at, body, tries, is_known, failures, try_at, judge_at,
                service_type)
            VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?3, ?5, ?6)
            """
        ).run(
            .text(send.key.text), .text(send.purpose.rawValue), SQLValue(now),
            .text(String(decoding: send.body, as: UTF8.self)), SQLValue(judgeAt), SQLValue(send.serviceType))
        for (number, row) in rows.enumerated() {
            try database.statement(
                "INSERT INTO reconciler_send_recipient (send_key, number, row_id) VALUES (?1, ?2, ?3)"
            ).run(.text(send.key.text), SQLValue(number), SQLValue(row))
        }
    }

    func due(at now: Timestamp, limit: Int) throws -> [OpenSend] {
        let keys = try database.statement(
            """
            SELECT send_key FROM reconciler_send WHERE try_at IS NOT NULL AND (try_at <= ?1 OR try_at > ?2)
            ORDER BY try_at LIMIT ?3
            """
        ).all(SQLValue(now), SQLValue(now + Self.longestPause), SQLValue(limit)) { SendKey($0.text(0) ?? "") }
        return try keys.compactMap { try find($0) }
    }

    /// Nil when it is resolved, or there is none.
    func find(_ key: SendKey) throws -> OpenSend? {
        let found = try database.statement(
            """
            SELECT purpose, created_at, tries, last_tried_at, is_known, looked_at, failures FROM reconciler_send
            WHERE send_key = ?1 AND try_at IS NOT NULL
            """
        ).first(.text(key.text)) { row in
            OpenSend(
                key: key, purpose: OpenSend.Purpose(rawValue: row.text(0) ?? "") ?? .send,
                createdAt: Timestamp(kept: row.integer(1)), tries: row.count(2), lastTriedAt: row.time(3),
                isKnownToProvider: row.flag(4), lookedAt: row.time(5), failures: row.count(6), open: [])
        }
        guard var send = found else { return nil }
        send.open = try recipients(of: key).filter { $0.outcome == nil }.map(\.number)
        return send
    }

    func beginTry(of key: SendKey, at now: Timestamp) throws -> [UInt8]? {
        let changed = try database.statement(
            """
            UPDATE reconciler_send SET tries = tries + 1, last_tried_at = ?2
            WHERE send_key = ?1 AND try_at IS NOT NULL AND body IS NOT NULL
            """
        ).run(.text(key.text), SQLValue(now))
        guard changed == 1 else { return nil }
        return try database.statement("SELECT body FROM reconciler_send WHERE send_key = ?1")
            .first(.text(key.text)) { Array(($0.text(0) ?? "").utf8) }
    }

    func serviceType(of key: SendKey) throws -> String? {
        try database.statement("SELECT service_type FROM reconciler_send WHERE send_key = ?1")
            .first(.text(key.text)) { $0.text(0) } ?? nil
    }

    struct Recipient {
        let number: Int
        let row: RowLocator
        let outcome: RecipientOutcome?
    }

    func recipients(of key: SendKey) throws -> [Recipient] {
        try database.statement(
            """
            SELECT number, row_id, message_key, rejection FROM reconciler_send_recipient WHERE send_key = ?1
            ORDER BY number
            """
        ).all(.text(key.text)) { row in
            try Recipient(
                number: row.count(0), row: mapping.locator(row, 1),
                outcome: row.key(2).map { .accepted($0, isNew: true) } ?? row.text(3).map { .rejected($0) })
        }
    }

    func note(_ outcome: RecipientOutcome, of recipient: Int, _ row: RowLocator, _ key: SendKey) throws {
        let values: (SQLValue, SQLValue) =
            switch outcome {
            case .accepted(let key, _): (SQLValue(key), .null)
            case .rejected(let why): (.null, .text(why))
            }
        try database.statement(
            """
            UPDATE reconciler_send_recipient SET message_key = ?3, rejection = ?4, row_id = ?5
            WHERE send_key = ?1 AND number = ?2
            """
        ).run(.text(key.text), SQLValue(recipient), values.0, values.1, SQLValue(row))
    }

    /// Not all is known.
    func putOff(
        _ key: SendKey, _ conclusion: OpenSend.Conclusion, lookedAt: Timestamp?, until tryAt: Timestamp
    ) throws {
        try database.statement(
            """
            UPDATE reconciler_send SET is_known = CASE WHEN ?2 = 1 THEN 1 ELSE is_known END, looked_at = coalesce(?3, looked_at),
                failures = failures + 1, trouble = ?4, try_at = ?5
            WHERE send_key = ?1
            """
        ).run(
            .text(key.text), SQLValue(conclusion.isKnownToProvider), SQLValue(lookedAt), SQLValue(conclusion.trouble),
            SQLValue(tryAt))
    }

    /// The body, which holds telephone numbers, goes.
    func close(_ key: SendKey, trouble: String?) throws {
        try database.statement(
            "UPDATE reconciler_send SET body = NULL, try_at = NULL, trouble = ?2 WHERE send_key = ?1"
        ).run(.text(key.text), SQLValue(trouble))
    }

    func story(of key: SendKey) throws -> SendStory? {
        let found = try database.statement("SELECT try_at, trouble FROM reconciler_send WHERE send_key = ?1")
            .first(.text(key.text)) { ($0.time(0), $0.text(1)) }
        guard let (tryAt, trouble) = found else { return nil }
        return SendStory(
            outcomes: try recipients(of: key).map(\.outcome), isClosed: tryAt == nil, trouble: trouble, tryAt: tryAt)
    }

    /// By the order in which they were begun: clocks are put back.
    func lastCanary() throws -> Timestamp? {
        try database.statement(
            "SELECT created_at FROM reconciler_send WHERE purpose = 'canary' ORDER BY id DESC LIMIT 1"
        ).first { $0.time(0) } ?? nil
    }

    func toJudge(at now: Timestamp) throws -> [(SendKey, Timestamp)] {
        try database.statement(
            """
            SELECT send_key, created_at FROM reconciler_send WHERE judge_at IS NOT NULL AND (judge_at <= ?1 OR judge_at > ?2)
            ORDER BY judge_at LIMIT 20
            """
        ).all(SQLValue(now), SQLValue(now + .seconds(86_400))) {
            (SendKey($0.text(0) ?? ""), Timestamp(kept: $0.integer(1)))
        }
    }

    func judged(_ key: SendKey) throws {
        try database.statement("UPDATE reconciler_send SET judge_at = NULL WHERE send_key = ?1").run(.text(key.text))
    }

    /// Closed ones, but for the newest canary; inside a transaction of its caller's. No more than a few at a time.
    func prune(createdBefore limit: Timestamp) throws {
        let old = try database.statement(
            """
            SELECT send_key FROM reconciler_send
            WHERE created_at < ?1 AND try_at IS NULL AND judge_at IS NULL
                AND id <> (SELECT coalesce(max(id), 0) FROM reconciler_send WHERE purpose = 'canary')
            ORDER BY created_at LIMIT 20
            """
        ).all(SQLValue(limit)) { $0.text(0) ?? "" }
        for key in old {
            try database.statement("DELETE FROM reconciler_send_recipient WHERE send_key = ?1").run(.text(key))
            try database.statement("DELETE FROM reconciler_send WHERE send_key = ?1").run(.text(key))
        }
    }
}
