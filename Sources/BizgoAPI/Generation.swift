/// The generations of the provider's API that can be spoken (`api.generation`). Each is a namespace of pure
/// functions, a request for a question and entries from a response; `BizgoProvider` chooses.
package enum Generation: Sendable {
    case comm
}
