/// Why a value is not one for its key.
enum Refusal: Error, Equatable {
    /// `expected …`; what was found is added.
    case expected(String)
    /// The whole message.
    case because(String)
}
