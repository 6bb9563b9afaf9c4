import Engine
import Reconciliation

@testable import Ledger

/// What the texts are about.
enum Sample {
    /// 2026-11-23T17:46:40Z.
    static let now = Timestamp(seconds: 1_795_456_000)
    static let zone = Zone(secondsEastOfUTC: 9 * 3600)
    static let policy = Policy(
        after: .seconds(600), staleAfter: .seconds(72 * 3600), staleAfterText: "72h", window: .seconds(30 * 86_400),
        windowText: "30d",
        retry: RetrySchedule(first: .seconds(600), factor: 2, max: .seconds(6 * 3600), jitter: 0))

    static func message(
        _ key: String? = "SEND001", _ status: RowStatus = .pending, reason: DeadLetterReason? = nil,
        reportCode: String? = nil, errorMessage: String? = nil, isTimed: Bool = true, isUpdated: Bool = false,
        nextAskAt: Timestamp? = nil
    ) -> StoredMessage {
        StoredMessage(
            row: RowLocator(rowid: 1), id: "7", key: key.map { MessageKey($0) }, status: status,
            statusText: status.rawValue.uppercased(), serviceType: "ALIMTALK", reportCode: reportCode,
            errorMessage: errorMessage, acceptedAt: isTimed ? now - .seconds(7800) : nil,
            updatedAt: isUpdated ? now : nil,
            acceptedText: isTimed ? "2026-11-24 00:36:40" : "yesterday",
            updatedText: isUpdated ? "2026-11-23T17:46:40Z" : nil,
            reason: reason, nextAskAt: nextAskAt)
    }

    static func cycle(_ result: CycleRecord.Result = .ok) -> CycleRecord {
        CycleRecord(
            startedAt: now - .seconds(42), duration: .milliseconds(1234), result: result,
            health: ProviderHealth(since: now))
    }

    static func alert(_ name: AlertName, labels: [String: String] = [:], isAcknowledged: Bool = false) -> Alert {
        var alert = Alert(
            identity: AlertIdentity(name, labels: labels), count: 12, since: now - .seconds(2 * 86_400 + 3600))
        alert.isAcknowledged = isAcknowledged
        return alert
    }
}
