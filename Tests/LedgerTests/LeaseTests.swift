import Engine
import FoundationEssentials
@testable import Ledger
import Reconciliation
import Support
import Testing

/// The rows behind `Lease`. What is asked of the database is what every database has, so SQLite shows it.
@Suite struct LeaseTableTests {
    private let fixture = Fixture()
    private let first = LeaseInstance(id: "a", host: "db1", processID: 7)
    private let second = LeaseInstance(id: "b", host: "db2", processID: 8)

    /// Longer than the tests take on the busiest machine: nothing here is over by itself.
    private let time = Duration.seconds(9000)
    private let recently = Duration.seconds(6000)

    private var leases: DatabaseLeases { DatabaseLeases(fixture.configuration) }

    private func age(by duration: Duration) {
        let milliseconds = duration.wholeMilliseconds
        fixture.raw.run("UPDATE reconciler_lease SET until_at = until_at - \(milliseconds)")
        fixture.raw.run("UPDATE reconciler_instance SET seen_at = seen_at - \(milliseconds)")
    }

    @Test("the first claim makes what it needs, and has the lease; a further one keeps its term")
    func firstClaim() async throws {
        let leases = leases
        #expect(try await leases.instances(seenWithin: recently).isEmpty, "and makes nothing")
        #expect(try await leases.claim(.cycles, by: first, for: time) == .had(term: 1))
        #expect(try await leases.claim(.cycles, by: first, for: time) == .had(term: 1))
        #expect(try await leases.claim(.sends, by: first, for: time) == .had(term: 1))
    }

    @Test("another one hears who has it, until that is over or given back")
    func another() async throws {
        let (one, other) = (leases, leases)
        _ = try await one.claim(.cycles, by: first, for: time)
        guard case .held(let owner, _) = try await other.claim(.cycles, by: second, for: time) else {
            Issue.record("two have it")
            return
        }
        #expect(owner == first)
        age(by: time + .seconds(1))
        #expect(try await other.claim(.cycles, by: second, for: time) == .had(term: 2))
        guard case .held = try await one.claim(.cycles, by: first, for: time) else {
            Issue.record("two have it")
            return
        }
        try await one.release(.cycles, by: first)
        #expect(try await other.claim(.cycles, by: second, for: time) == .had(term: 2), "not its to give")
        try await other.release(.cycles, by: second)
        #expect(try await one.claim(.cycles, by: first, for: time) == .had(term: 3))
        #expect(fixture.raw.value("SELECT owner || ' ' || term FROM reconciler_lease") == "a 3")
    }

    @Test("a claim lasts from now, by the database's clock") func lasts() async throws {
        _ = try await leases.claim(.cycles, by: first, for: time)
        let left = fixture.raw.value(
            "SELECT until_at - seen_at FROM reconciler_lease, reconciler_instance")
        #expect(left == "9000000")
    }

    @Test("and that clock is right") func clock() async throws {
        let before = Int64(Date().timeIntervalSince1970 * 1000) - 5
        _ = try await leases.claim(.cycles, by: first, for: time)
        let seen = Int64(fixture.raw.count("SELECT seen_at FROM reconciler_instance"))
        #expect((before...before + 3_600_000).contains(seen))
    }

    @Test("who is there is shown, the one that works first") func instances() async throws {
        let (one, other) = (leases, leases)
        _ = try await other.claim(.sends, by: second, for: time)
        _ = try await one.claim(.cycles, by: first, for: time)
        var found = try await other.instances(seenWithin: recently)
        #expect(found.map(\.role) == [.working, .standby])
        #expect(found.map(\.host) == ["db1", "db2"] && found.map(\.processID) == [7, 8])
        age(by: recently + .seconds(1))
        #expect(try await other.instances(seenWithin: recently).isEmpty)
        age(by: time - recently)
        _ = try await other.claim(.cycles, by: second, for: time)
        found = try await other.instances(seenWithin: recently)
        #expect(found.map(\.role) == [.working] && found.map(\.host) == ["db2"])
        try await other.forget(second)
        #expect(try await other.instances(seenWithin: recently).isEmpty)
    }

    @Test("many at once, and one has it") func race() async throws {
        var fixture = fixture
        // The disk may take a second for each commit that another one waits for.
        fixture.configuration.busyTimeout = patience
        let configuration = fixture.configuration
        for round in 1...20 {
            let claims = try await withThrowingTaskGroup(of: LeaseClaim.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        try await DatabaseLeases(configuration).claim(
                            .cycles, by: LeaseInstance(id: "\(round)-\(number)", host: "h", processID: number),
                            for: time)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(claims.count { if case .had(round) = $0 { true } else { false } } == 1)
            #expect(claims.count { if case .had = $0 { true } else { false } } == 1)
            fixture.raw.run("UPDATE reconciler_lease SET until_at = 0")
        }
    }

    @Test("instances that ended without a word are forgotten") func forgotten() async throws {
        _ = try await leases.claim(.cycles, by: first, for: time)
        age(by: .days(2))
        _ = try await leases.claim(.cycles, by: second, for: time)
        #expect(fixture.raw.value("SELECT group_concat(id) FROM reconciler_instance") == "b")
    }

    @Test("closed, it says so") func closed() async throws {
        let leases = leases
        await leases.close()
        let error = await #expect(throws: LedgerError.self) {
            try await leases.claim(.cycles, by: first, for: .seconds(1))
        }
        #expect(error?.message.contains("closed") == true)
    }
}
