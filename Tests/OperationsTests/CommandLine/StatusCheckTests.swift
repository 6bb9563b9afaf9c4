import Engine
import Reconciliation
import Testing

@testable import Ledger
@testable import Operations

@Suite struct StatusCheckTests {
    private func verdict(_ change: (inout LedgerOverview) -> Void = { _ in }) -> ExitCode {
        var overview = LedgerOverview()
        overview.schemaVersion = 4
        overview.lastCycle = Sample.cycle()
        overview.lastSuccessAt = Sample.now - .seconds(300)
        change(&overview)
        return StatusCheck.verdict(overview, interval: .seconds(60), at: Sample.now)
    }

    @Test("all is well while a cycle succeeded within five intervals")
    func fine() {
        #expect(verdict() == .ok)
        #expect(verdict { $0.lastSuccessAt = Sample.now - .milliseconds(300_001) } == .critical)
        #expect(verdict { $0.lastSuccessAt = nil } == .critical)
    }

    @Test("nothing can be told where no cycle has been made")
    func unknown() {
        #expect(verdict { $0.schemaVersion = nil } == .unknown)
        #expect(verdict { $0.lastCycle = nil } == .unknown)
    }

    @Test(
        "the worst alert decides",
        arguments: [
            ([AlertName.lateReports], ExitCode.ok), ([.lateReports, .backlog], .negative), ([.deadLetters], .negative),
            ([.deadLetters, .accountRefused], .critical),
        ])
    func alerts(_ names: [AlertName], _ code: ExitCode) {
        #expect(verdict { $0.firing = names.map { Sample.alert($0) } } == code)
    }

    @Test("rows that the table refuses are a fault, too")
    func refusals() {
        #expect(verdict { $0.refusals = Refusals(count: 1, examples: [], reason: "no") } == .negative)
    }
}
