"""The little of GraphQL that a storefront and a member of staff need: a client, and the documents used."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import graphene
import requests


class RefusedError(Exception):
    """Saleor said no: transport errors, errors of the request, errors of the mutation."""


class GraphQL:
    """A shopper's or a member of staff's line to the shop."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def raw(self, document: str, **variables: Any) -> dict[str, Any]:
        """Send a document; the whole answer."""
        answer = self.session.post(self.url, json={"query": document, "variables": variables}, timeout=60)
        try:
            return answer.json()
        except ValueError:
            raise RefusedError(f"{answer.status_code}: {answer.text[:500]}") from None

    def __call__(self, document: str, **variables: Any) -> Any:
        """Send a document of one field; that field's value. Raises RefusedError on any error in it."""
        answer = self.raw(document, **variables)
        if answer.get("errors"):
            raise RefusedError(str([error["message"] for error in answer["errors"]]))
        (result,) = answer["data"].values()
        if isinstance(result, dict) and result.get("errors"):
            raise RefusedError(str(result["errors"]))
        return result


def global_id(kind: str, key: object) -> str:
    """As a client names an object."""
    return str(graphene.Node.to_global_id(kind, key))


def key_of(identifier: str) -> str:
    """The key in a global id."""
    return str(graphene.Node.from_global_id(identifier)[1])


def pairs(metadata: Mapping[str, str]) -> list[dict[str, str]]:
    """Metadata as mutations take it."""
    return [{"key": key, "value": value} for key, value in metadata.items()]


def uuid_of(identifier: str) -> UUID:
    """The key in the global id of a checkout or order."""
    return UUID(key_of(identifier))


_ERRORS = "errors { field message code }"
# Every answer tells prices, as a storefront asks for them: Saleor calculates and stores them then.
_CART = """
    id token email languageCode
    lines {
        id quantity variant { id }
        unitPrice { gross { amount currency } } undiscountedUnitPrice { amount } totalPrice { gross { amount } }
    }
    subtotalPrice { gross { amount currency } }
    totalPrice { gross { amount currency } }
"""


def _of_checkout(mutation: str, parameters: str = "", arguments: str = "") -> str:
    return f"""mutation($id: ID!{parameters}) {{
        {mutation}(id: $id{arguments}) {{ checkout {{ {_CART} }} {_ERRORS} }} }}"""


TOKEN = f"""mutation($email: String!, $password: String!) {{
    tokenCreate(email: $email, password: $password) {{ token {_ERRORS} }} }}"""
CHECKOUT = f"query($id: ID!) {{ checkout(id: $id) {{ {_CART} user {{ id }} }} }}"
ME = "{ me { id email } }"

CHECKOUT_CREATE = f"""mutation($input: CheckoutCreateInput!) {{
    checkoutCreate(input: $input) {{ checkout {{ {_CART} }} {_ERRORS} }} }}"""
LINES_ADD = _of_checkout("checkoutLinesAdd", ", $lines: [CheckoutLineInput!]!", ", lines: $lines")
LINES_UPDATE = _of_checkout("checkoutLinesUpdate", ", $lines: [CheckoutLineUpdateInput!]!", ", lines: $lines")
LINES_DELETE = _of_checkout("checkoutLinesDelete", ", $lines: [ID!]!", ", linesIds: $lines")
EMAIL_UPDATE = _of_checkout("checkoutEmailUpdate", ", $email: String!", ", email: $email")
ADD_PROMO_CODE = _of_checkout("checkoutAddPromoCode", ", $code: String!", ", promoCode: $code")
CUSTOMER_ATTACH = _of_checkout("checkoutCustomerAttach", ", $customer: ID", ", customerId: $customer")
BILLING_ADDRESS_UPDATE = _of_checkout(
    "checkoutBillingAddressUpdate", ", $address: AddressInput!", ", billingAddress: $address"
)
COMPLETE = f"mutation($id: ID!) {{ checkoutComplete(id: $id) {{ order {{ id }} {_ERRORS} }} }}"

UPDATE_METADATA = f"""mutation($id: ID!, $input: [MetadataInput!]!) {{
    updateMetadata(id: $id, input: $input) {{ item {{ metadata {{ key value }} }} {_ERRORS} }} }}"""
CUSTOMER_CREATE = (
    f"mutation($input: UserCreateInput!) {{ customerCreate(input: $input) {{ user {{ id }} {_ERRORS} }} }}"
)
CUSTOMER_UPDATE = f"""mutation($id: ID!, $input: CustomerInput!) {{
    customerUpdate(id: $id, input: $input) {{ user {{ id }} {_ERRORS} }} }}"""
CUSTOMER_DELETE = f"mutation($id: ID!) {{ customerDelete(id: $id) {{ {_ERRORS} }} }}"

TRANSACTION_CREATE = f"""mutation($id: ID!, $transaction: TransactionCreateInput!) {{
    transactionCreate(id: $id, transaction: $transaction) {{ transaction {{ id }} {_ERRORS} }} }}"""
TRANSACTION_EVENT = f"""mutation(
    $id: ID!, $type: TransactionEventTypeEnum!, $amount: PositiveDecimal!, $psp: String!
) {{
    transactionEventReport(id: $id, type: $type, amount: $amount, pspReference: $psp) {{
        alreadyProcessed {_ERRORS} }} }}"""
ORDER_TRANSACTIONS = "query($id: ID!) { order(id: $id) { transactions { id } total { gross { amount currency } } } }"
ORDER_REFUNDED = "query($id: ID!) { order(id: $id) { totalRefunded { amount } isPaid status } }"
ORDER_CANCEL = f"mutation($id: ID!) {{ orderCancel(id: $id) {{ order {{ status }} {_ERRORS} }} }}"
ORDER_MARK_AS_PAID = f"mutation($id: ID!) {{ orderMarkAsPaid(id: $id) {{ order {{ isPaid }} {_ERRORS} }} }}"
ORDER_CONFIRM = f"mutation($id: ID!) {{ orderConfirm(id: $id) {{ order {{ status }} {_ERRORS} }} }}"
ORDER_UPDATE = f"""mutation($id: ID!, $input: OrderUpdateInput!) {{
    orderUpdate(id: $id, input: $input) {{ order {{ id }} {_ERRORS} }} }}"""
ORDER_LINES = """query($id: ID!) { order(id: $id) {
    lines { id variant { id } quantity quantityToFulfill }
    fulfillments { status lines { id quantity orderLine { variant { id } } } } } }"""
ORDER_LINES_CREATE = f"""mutation($id: ID!, $lines: [OrderLineCreateInput!]!) {{
    orderLinesCreate(id: $id, input: $lines) {{ order {{ id }} {_ERRORS} }} }}"""
ORDER_LINE_UPDATE = f"""mutation($id: ID!, $quantity: Int!) {{
    orderLineUpdate(id: $id, input: {{ quantity: $quantity }}) {{ order {{ id }} {_ERRORS} }} }}"""
ORDER_LINE_DELETE = f"mutation($id: ID!) {{ orderLineDelete(id: $id) {{ order {{ id }} {_ERRORS} }} }}"
ORDER_FULFIL = f"""mutation($id: ID!, $lines: [OrderFulfillLineInput!]!) {{
    orderFulfill(order: $id, input: {{ lines: $lines, notifyCustomer: false }}) {{ order {{ status }} {_ERRORS} }} }}"""
ORDER_RETURN = f"""mutation($id: ID!, $input: OrderReturnProductsInput!) {{
    orderFulfillmentReturnProducts(order: $id, input: $input) {{ order {{ status }} {_ERRORS} }} }}"""
ORDER_REFUND = f"""mutation($id: ID!, $amount: PositiveDecimal!) {{
    orderRefund(id: $id, amount: $amount) {{ order {{ id }} {_ERRORS} }} }}"""

PRODUCT_TYPE_CREATE = (
    f"mutation($input: ProductTypeInput!) {{ productTypeCreate(input: $input) {{ productType {{ id }} {_ERRORS} }} }}"
)
PRODUCT_CREATE = (
    f"mutation($input: ProductCreateInput!) {{ productCreate(input: $input) {{ product {{ id }} {_ERRORS} }} }}"
)
PRODUCT_UPDATE = f"""mutation($id: ID!, $input: ProductInput!) {{
    productUpdate(id: $id, input: $input) {{ product {{ id }} {_ERRORS} }} }}"""
VARIANT_UPDATE = f"""mutation($id: ID!, $input: ProductVariantInput!) {{
    productVariantUpdate(id: $id, input: $input) {{ productVariant {{ id }} {_ERRORS} }} }}"""
CATEGORY_CREATE = f"""mutation($input: CategoryInput!, $parent: ID) {{
    categoryCreate(input: $input, parent: $parent) {{ category {{ id }} {_ERRORS} }} }}"""
COLLECTION_CREATE = f"""mutation($input: CollectionCreateInput!) {{
    collectionCreate(input: $input) {{ collection {{ id slug }} {_ERRORS} }} }}"""
COLLECTION_ADD = f"""mutation($id: ID!, $products: [ID!]!) {{
    collectionAddProducts(collectionId: $id, products: $products) {{ collection {{ id }} {_ERRORS} }} }}"""
ATTRIBUTE_CREATE = f"""mutation($input: AttributeCreateInput!) {{
    attributeCreate(input: $input) {{ attribute {{ id }} {_ERRORS} }} }}"""
ATTRIBUTE_ASSIGN = f"""mutation($id: ID!, $operations: [ProductAttributeAssignInput!]!) {{
    productAttributeAssign(productTypeId: $id, operations: $operations) {{ productType {{ id }} {_ERRORS} }} }}"""
PRODUCT_LISTING = f"""mutation($id: ID!, $input: ProductChannelListingUpdateInput!) {{
    productChannelListingUpdate(id: $id, input: $input) {{ product {{ id }} {_ERRORS} }} }}"""
PRODUCT_TRANSLATE = f"""mutation($id: ID!, $input: TranslationInput!, $language: LanguageCodeEnum!) {{
    productTranslate(id: $id, input: $input, languageCode: $language) {{ product {{ id }} {_ERRORS} }} }}"""
VARIANTS_CREATE = """mutation($product: ID!, $variants: [ProductVariantBulkCreateInput!]!) {
    productVariantBulkCreate(product: $product, variants: $variants) {
        results { productVariant { id } errors { path message } } errors { field message } } }"""
VARIANT_LISTING = f"""mutation($id: ID!, $input: [ProductVariantChannelListingAddInput!]!) {{
    productVariantChannelListingUpdate(id: $id, input: $input) {{ variant {{ id }} {_ERRORS} }} }}"""
STOCKS_UPDATE = """mutation($id: ID!, $stocks: [StockInput!]!) {
    productVariantStocksUpdate(variantId: $id, stocks: $stocks) {
        productVariant { id } errors { field message } } }"""
VARIANT_DELETE = f"mutation($id: ID!) {{ productVariantDelete(id: $id) {{ productVariant {{ id }} {_ERRORS} }} }}"
PROMOTION_CREATE = (
    f"mutation($input: PromotionCreateInput!) {{ promotionCreate(input: $input) {{ promotion {{ id }} {_ERRORS} }} }}"
)
VOUCHER_CREATE = f"mutation($input: VoucherInput!) {{ voucherCreate(input: $input) {{ voucher {{ id }} {_ERRORS} }} }}"
VOUCHER_LISTING = f"""mutation($id: ID!, $input: VoucherChannelListingInput!) {{
    voucherChannelListingUpdate(id: $id, input: $input) {{ voucher {{ id }} {_ERRORS} }} }}"""
TAX_RATE = """mutation($country: CountryCode!, $rate: Float!) {
    taxCountryConfigurationUpdate(countryCode: $country, updateTaxClassRates: [{rate: $rate}]) {
        errors { field message } } }"""
SHOP_SETTINGS = f"""mutation($input: ShopSettingsInput!) {{
    shopSettingsUpdate(input: $input) {{ shop {{ name }} {_ERRORS} }} }}"""
PICTURE = 'query($id: ID!) { product(id: $id, channel: "default-channel") { thumbnail(size: 256) { url } } }'
FOR_SALE = """query($id: ID!, $channel: String!) { product(id: $id, channel: $channel) { pricing {
    priceRange { start { gross { amount } } stop { gross { amount } } }
    priceRangeUndiscounted { start { gross { amount } } } } } }"""
LISTED = """query($ids: [ID!]!, $channel: String!) {
    products(first: 100, channel: $channel, filter: { ids: $ids }) { edges { node { id isAvailable } } } }"""
OFFERED = """query($ids: [ID!]!, $channel: String!) {
    products(first: 100, channel: $channel, filter: { ids: $ids }) { edges { node {
        id isAvailableForPurchase variants { id quantityAvailable } } } } }"""
CHANNEL_UPDATE = f"""mutation($id: ID!, $input: ChannelUpdateInput!) {{
    channelUpdate(id: $id, input: $input) {{ channel {{ id }} {_ERRORS} }} }}"""

PLUGINS = """{ plugins(first: 100) { edges { node {
    id name description globalConfiguration { active configuration { name value type label helpText } } } } } }"""
PLUGIN_UPDATE = f"""mutation($id: ID!, $input: PluginUpdateInput!) {{
    pluginUpdate(id: $id, input: $input) {{
        plugin {{ globalConfiguration {{ active configuration {{ name value }} }} }} {_ERRORS} }} }}"""
