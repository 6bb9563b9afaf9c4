internal import Reconciliation

/// Finds out whether messages that failed on one channel are in flight on another: message status, or one request
/// status for several messages of one send.
@Loop
final class Confirmer {
    enum Finding: Sendable {
        case answered([ReportEntry], askedAt: Timestamp)
        case failed
        /// The provider is not being asked now, or there was no time.
        case notAsked
    }

    private let gate: ProviderGate
    private let maxInFlight: Int
    private let log: any Log

    init(gate: ProviderGate, maxInFlight: Int, log: any Log) {
        self.gate = gate
        self.maxInFlight = maxInFlight
        self.log = log
    }

    /// - Returns: a finding for each of the messages.
    func confirm(
        _ keys: [MessageKey], while hasTime: @escaping @Loop () -> Bool
    ) async -> [MessageKey: Finding] {
        await withTaskGroup(of: [MessageKey: Finding].self) { group in
            var findings: [MessageKey: Finding] = [:]
            for (index, send) in sends(keys).enumerated() {
                if index >= maxInFlight, let done = await group.next() { findings.merge(done) { _, new in new } }
                group.addTask { await self.confirm(send: send, while: hasTime) }
            }
            for await done in group { findings.merge(done) { _, new in new } }
            return findings
        }
    }

    /// The messages by the send they belong to; those of no send, each for itself.
    private func sends(_ keys: [MessageKey]) -> [[MessageKey]] {
        var ofNone: [[MessageKey]] = []
        var bySend: [RequestID: [MessageKey]] = [:]
        for key in keys {
            if let id = RequestID(of: key) { bySend[id, default: []].append(key) } else { ofNone.append([key]) }
        }
        return bySend.sorted { $0.key.text < $1.key.text }.map(\.value) + ofNone
    }

    private func confirm(send keys: [MessageKey], while hasTime: @Loop () -> Bool) async -> [MessageKey: Finding] {
        var findings = await confirmTogether(keys, while: hasTime)
        for key in keys where findings[key] == nil {
            findings[key] = hasTime() ? await confirm(key) : .notAsked
        }
        return findings
    }

    /// What the answer leaves out, or what could not be asked in this way, is asked about one by one.
    private func confirmTogether(
        _ keys: [MessageKey], while hasTime: @Loop () -> Bool
    ) async -> [MessageKey: Finding] {
        guard keys.count > 1, gate.endpoints.contains(.requestStatus), hasTime(), let id = RequestID(of: keys[0]),
            case .answered(let entries, let askedAt) = await gate.ask(.request(id))
        else { return [:] }
        let wanted = Set(keys)
        return Dictionary(grouping: entries.filter { wanted.contains($0.key) }, by: \.key)
            .mapValues { .answered($0, askedAt: askedAt) }
    }

    private func confirm(_ key: MessageKey) async -> Finding {
        guard key.canBeAsked else { return .failed }
        switch await gate.ask(.channels(key)) {
        case .answered(let channels, let askedAt):
            return .answered(channels, askedAt: askedAt)
        case .failed(let failure):
            log.write(failure.event(about: key))
            return .failed
        case .notAsked:
            return .notAsked
        }
    }
}
