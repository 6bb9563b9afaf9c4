import Engine
import Reconciliation
import Support

/// Everything a verification needs, scripted. Messages were accepted three hours ago unless said.
@EventLoop
final class VerificationStage {
    let time = VirtualTime()
    let log = RecordingLog()
    let provider = ScriptedProvider()
    let ledger = InMemoryLedger()
    let meter = RecordedMetrics()
    let client: ProviderClient
    private(set) var changes = 0

    nonisolated static let zone = Zone(secondsEastOfUTC: 9 * 3600)
    nonisolated static let schedule = VerificationSchedule(
        every: .seconds(3600), dayAt: .seconds(4 * 3600 + 1800), zone: zone)

    init() {
        client = ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 4, burst: 4, now: .zero),
            health: ProviderHealth(since: Timestamp(seconds: 0)), time: time, random: SeededGenerator(seed: 1),
            meter: meter)
        provider.endpoints = [.reportInquiry, .messageStatus, .requestStatus, .history]
    }

    /// The day before, whose time to be verified has come.
    var yesterday: Range<Timestamp> {
        let end = Self.zone.startOfDay(time.now)
        return end - .seconds(86_400)..<end
    }

    func verifier(serviceTypes: [String]? = nil, senders: [SenderKey] = []) -> Verifier {
        Verifier(
            Verifier.Configuration(policy: Policy(), serviceTypes: serviceTypes, senders: senders), ledger: ledger,
            client: client, time: time, log: log, meter: meter, random: SeededGenerator(seed: 5)
        ) { self.changes += 1 }
    }

    func keeper(_ schedule: VerificationSchedule? = schedule, senders: [SenderKey] = []) -> VerificationKeeper {
        VerificationKeeper(schedule, verifier(senders: senders), ledger: ledger, time: time, log: log)
    }

    func desk() -> ErrandDesk {
        ErrandDesk(
            ledger: ledger, client: client, verifier: verifier(), policy: Policy(), time: time, log: log, meter: meter,
            random: SeededGenerator(seed: 6)
        ) { self.changes += 1 }
    }

    nonisolated func key(_ index: Int) -> MessageKey {
        MessageKey("20270114" + String(repeating: "0", count: 6 - String(index).count) + "\(index)A01")
    }

    /// What a listing says of a message.
    func entries(_ index: Int, _ codes: [String?], at time: Timestamp? = nil) -> [ReportEntry] {
        codes.enumerated().map { channel, code in
            ReportEntry(
                key: key(index), serviceType: channel == 0 ? "ALIMTALK" : "SMS", code: code.flatMap { ReportCode($0) },
                reportedAt: code == nil ? nil : self.time.now - .seconds(3600),
                requestedAt: time ?? self.time.now - .seconds(3 * 3600))
        }
    }

    /// A message as the provider has it, with a row of that status; nil: without one.
    @discardableResult
    func add(_ index: Int, _ status: RowStatus?, _ codes: [String?], at time: Timestamp? = nil) async -> [ReportEntry] {
        let entries = entries(index, codes, at: time)
        provider.channels[key(index)] = entries
        if let status {
            await ledger.add(
                key(index), acceptedAt: time ?? self.time.now - .seconds(3 * 3600), status: status)
        }
        return entries
    }

    func passing<Value: Sendable>(_ body: @escaping @EventLoop () async throws -> Value) async throws -> Value {
        try await time.letPass { () async -> Result<Value, any Error> in
            do { return .success(try await body()) } catch { return .failure(error) }
        }.get()
    }

    /// Of the last day.
    func verify() async throws -> VerificationResult {
        let verifier = verifier()
        let now = time.now
        return try await passing { try await verifier.verify(now - .seconds(86_400)..<now) }
    }

    func firing() async -> [AlertName: Int] {
        Dictionary(await ledger.book.firing.map { ($0.identity.name, $0.count) }) { $0 + $1 }
    }

    func status(_ index: Int) async -> RowStatus? { await ledger.rows[key(index)]?.status }

    var asked: [MessageKey] { provider.asked.compactMap(\.key) }
}
