import Engine
import Testing

@Suite @Loop struct SystemTimeTests {
    private let time = SystemTime()

    @Test("a sleep lasts as long as it should")
    func lasts() async throws {
        let before = time.uptime
        try await time.sleep(for: .milliseconds(30))
        #expect(time.uptime - before >= .milliseconds(30))
        try await time.sleep(for: .zero)
        try await time.sleep(for: .seconds(-1))
    }

    @Test("a sleep ends at once when its task is cancelled, before or during it")
    func cancelled() async {
        for pause in [Duration.zero, .milliseconds(20)] {
            let sleeper = Task { try await time.sleep(for: .seconds(600)) }
            if pause > .zero { try? await time.sleep(for: pause) }
            sleeper.cancel()
            guard case .failure(let error) = await sleeper.result else { Issue.record("slept"); continue }
            #expect(error is CancellationError)
        }
    }

    @Test("a thousand sleeps at a time end")
    func many() async {
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<1000 { group.addTask { await self.nap(index % 7) } }
        }
    }

    private func nap(_ milliseconds: Int) async {
        try? await time.sleep(for: .milliseconds(milliseconds))
    }
}
