import Dispatch
import Testing

@testable import Engine

struct TaskExecutorTests {
    private static let mark: DispatchSpecificKey<Bool> = {
        let key = DispatchSpecificKey<Bool>()
        EventLoop.queue.setSpecific(key: key, value: true)
        return key
    }()

    private nonisolated static func isOnLoop() -> Bool { DispatchQueue.getSpecific(key: mark) == true }

    @EventLoop private static func isIsolated() -> Bool { isOnLoop() }

    @Test("a task begun for the loop is on it from the start, and after whatever it waited for")
    func stays() async {
        let places = await EventLoop.task {
            var places = [Self.isOnLoop()]
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume() }
            }
            places.append(Self.isOnLoop())
            places.append(Self.isIsolated())
            await withTaskGroup(of: Bool.self) { group in
                group.addTask { Self.isOnLoop() }
                for await place in group { places.append(place) }
            }
            return places + [Self.isOnLoop()]
        }.value
        #expect(places == [true, true, true, true, true])
    }

    @Test("others are on the loop only where they say so")
    func others() async {
        let places = await Task.detached { (Self.isOnLoop(), await Self.isIsolated(), Self.isOnLoop()) }.value
        #expect(places == (false, true, false))
    }
}
