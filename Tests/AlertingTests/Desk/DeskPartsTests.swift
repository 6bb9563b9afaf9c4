import Engine
import Reconciliation
import Testing

@testable import Alerting

struct DeskPartsTests {
    private let identity = AlertIdentity(.deadLetters)
    private let now = Timestamp(seconds: 1_800_000_000)

    private func telling(count: Int) -> Telling {
        var telling = Telling(identity: identity, sink: "a")
        telling.toldCount = count
        return telling
    }

    @Test func `the pause doubles up to ten minutes`() {
        let pauses = (1...9).map { DeliveryBackoff.delay(failures: $0, retryAfter: nil, permanent: false) }
        #expect(pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600].map { .seconds($0) })
        #expect(DeliveryBackoff.delay(failures: 1_000_000, retryAfter: nil, permanent: false) == .seconds(600))
        #expect(DeliveryBackoff.delay(failures: 1, retryAfter: nil, permanent: true) == .seconds(600))
    }

    @Test func `the receiver's wish counts where it is longer, up to an hour`() {
        #expect(DeliveryBackoff.delay(failures: 1, retryAfter: .seconds(60), permanent: false) == .seconds(60))
        #expect(DeliveryBackoff.delay(failures: 5, retryAfter: .seconds(1), permanent: false) == .seconds(80))
        #expect(DeliveryBackoff.delay(failures: 1, retryAfter: .seconds(86_400), permanent: false) == .seconds(3600))
    }

    @Test func `what the ledger has not taken goes before what it shows`() {
        var memory = TellingMemory()
        memory.keep(telling(count: 2))
        let shown = AlertSnapshot(tellings: [telling(count: 1)])
        #expect(memory.applied(to: shown).tellings.map(\.toldCount) == [2])
        memory.forgetRecorded()
        #expect(memory.unrecorded.map(\.toldCount) == [2])
    }

    @Test func `what was recorded while a snapshot was read is remembered for that snapshot`() {
        var memory = TellingMemory()
        memory.forgetRecorded()  // the reading begins
        memory.keep(telling(count: 2))
        memory.noteRecorded(telling(count: 2))
        #expect(memory.unrecorded.isEmpty)
        #expect(memory.applied(to: AlertSnapshot(tellings: [telling(count: 1)])).tellings.map(\.toldCount) == [2])
        memory.forgetRecorded()  // the next reading begins
        #expect(memory.applied(to: AlertSnapshot(tellings: [telling(count: 3)])).tellings.map(\.toldCount) == [3])
    }

    @Test func `a newer telling is not taken for recorded with the older one`() {
        var memory = TellingMemory()
        memory.keep(telling(count: 1))
        memory.keep(telling(count: 2))
        memory.noteRecorded(telling(count: 1))
        #expect(memory.unrecorded.map(\.toldCount) == [2])
    }

    @Test func `a store that can be read but not written is still in trouble`() {
        var trouble = LedgerTrouble()
        #expect(trouble.note(.read, failed: false) == nil)
        #expect(trouble.note(.write, failed: true) == .began)
        #expect(trouble.note(.read, failed: false) == nil)
        #expect(trouble.retryAfter == .seconds(5))
        #expect(trouble.note(.write, failed: true) == nil)
        #expect(trouble.retryAfter == .seconds(10))
        for _ in 0..<20 { _ = trouble.note(.write, failed: true) }
        #expect(trouble.retryAfter == .seconds(60))
        #expect(trouble.note(.write, failed: false) == .ended)
        #expect(trouble.retryAfter == nil)
    }

    @Test func `a sink fails after three failures in a row or a permanent one`() {
        var health = SinkHealth()
        health.failed(detail: "HTTP 500", permanent: false)
        health.failed(detail: "HTTP 500", permanent: false)
        #expect(health.isFailing == nil)
        health.succeeded()
        #expect(health.isFailing == false)
        health.failed(detail: "HTTP 500", permanent: false)
        health.failed(detail: "HTTP 500", permanent: false)
        #expect(health.isFailing == false)
        health.failed(detail: "HTTP 502", permanent: false)
        #expect(health.isFailing == true)
        #expect(health.detail == "HTTP 502")
        var other = SinkHealth()
        other.failed(detail: "HTTP 404", cause: .address, permanent: true)
        #expect(other.finding == .failing(.address))
        other.failed(detail: "HTTP 503", permanent: false)
        #expect(other.finding == .failing(nil))
    }
}
