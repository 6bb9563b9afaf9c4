import Engine

/// How long tests wait, in real time, for what must come: far above what it takes on a machine that is busy with
/// everything else. Only a test that fails waits so long.
package let patience: Duration = .seconds(90)

/// Waits, in real time, for what other queues and processes bring about.
/// - Returns: whether the condition holds; false once `patience` is at its end.
@EventLoop
package func eventually(_ condition: @EventLoop () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + patience
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return await condition()
}
