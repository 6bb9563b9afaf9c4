internal import Engine

@Loop
enum DemoCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) {}
}
