import Engine
import Reconciliation

/// A sink that answers what the test says, or not at all.
@Loop
final class ScriptedSink: AlertSink {
    let name: String
    let minimumSeverity: AlertSeverity
    let refreshEvery: Duration?
    /// All attempts, taken or not.
    private(set) var attempts: [Notification] = []
    var answer = Delivery.accepted
    /// Does not answer until `release()`.
    var hangs = false
    private(set) var inProgress = 0
    private(set) var mostInProgress = 0
    private var held: [CheckedContinuation<Void, Never>] = []

    init(_ name: String, minimumSeverity: AlertSeverity = .info, refreshEvery: Duration? = nil) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.refreshEvery = refreshEvery
    }

    func deliver(_ notification: Notification) async -> Delivery {
        attempts.append(notification)
        inProgress += 1
        mostInProgress = max(mostInProgress, inProgress)
        defer { inProgress -= 1 }
        if hangs { await withCheckedContinuation { held.append($0) } }
        return answer
    }

    func release() {
        hangs = false
        let released = held
        held = []
        for continuation in released { continuation.resume() }
    }

    /// `DeadLetters firing 3`
    var lines: [String] {
        attempts.map { "\($0.dedupKey) \($0.kind.rawValue) \($0.count)" }
    }
}
