internal import Engine
internal import Reconciliation

/// Finds messages in the audit that webhooks settled.
struct WebhookAudit {
    /// The newest entries, among which one is drawn, and those looked at from there on.
    static let drawnFrom = 50_000
    static let lookedAt = 5_000

    let database: any Database

    /// - Parameter draw: 0 ≤ draw < 1.
    /// - Returns: nil where there is none among the entries looked at.
    func sample(since: Timestamp, draw: Double) throws -> WebhookSample? {
        let last = try database.statement("SELECT max(id) FROM reconciler_audit").first { $0.integer(0) } ?? 0
        let first = max(0, last - Int64(Self.drawnFrom))
        let start = first + Int64(Double(last - first) * draw) + 1
        return try find(
            "id >= ?1 AND id < ?1 + \(Self.lookedAt) AND source = 'webhook' AND at >= ?2 ORDER BY id", start, since)
            ?? find(
                "id < ?1 AND id >= ?1 - \(Self.lookedAt) AND source = 'webhook' AND at >= ?2 ORDER BY id DESC", start,
                since)
    }

    private func find(_ condition: String, _ start: Int64, _ since: Timestamp) throws -> WebhookSample? {
        try database.statement(
            "SELECT message_key, to_status FROM reconciler_audit WHERE \(condition) LIMIT 1"
        ).first(.integer(start), SQLValue(since)) { row in
            guard let key = row.text(0), let status = row.text(1).flatMap(RowStatus.init(rawValue:)) else { return nil }
            return WebhookSample(key: MessageKey(key), status: status)
        } ?? nil
    }
}

extension MetaTable {
    /// One a line: the connection's address, whether it was forwarded, and whose it was found to be.
    func save(_ peers: [WebhookPeer]) throws {
        let lines = peers.map { [$0.connection, $0.isForwarded ? "forwarded" : "direct", $0.source ?? ""] }
        try save(webhookPeers: lines.map { $0.joined(separator: "\t") }.joined(separator: "\n"))
    }

    func webhookPeers() throws -> [WebhookPeer] {
        try (savedPeers() ?? "").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 else { return nil }
            return WebhookPeer(
                connection: fields[0], isForwarded: fields[1] == "forwarded",
                source: fields[2].isEmpty ? nil : fields[2])
        }
    }
}
