/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Error documents in XML (ASP.NET Web API, WCF) and HTML (IIS, proxies). Layer 1, pure; the only
 * file with libxml2. */

#include "errdoc_parts.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <string.h>

/* A document has hundreds of parts at worst; the first few tell the reason. */
#define FIELDS_MAX 8
#define BLOCKS_MAX 2

/* Bytes of one element that are looked at, far more than are shown. */
#define ELEMENT_MAX 4096

/* Lists of element names, each with NULL at the end. "Reason" is that of SOAP 1.2 and of Keyfactor;
 * "string" is all there is when WCF sends a bare text. */
static const char *const code_fields[] = {"ErrorCode", NULL};
static const char *const message_fields[] = {
    "Message", "ExceptionMessage", "ModelState", "faultstring", "Reason", "string", NULL};
static const char *const titles[] = {"title", NULL};
static const char *const main_headings[] = {"h1", NULL};
static const char *const blocks[] = {"h2", "h3", "h4", "p", NULL};
static const char *const hidden[] = {"script", "style", NULL};

/* libxml2 reports some errors of encoding here whatever its options say. */
static void
ignore_error(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

/* Without namespace prefix: the HTML parser of newer libxml2 leaves it in the name. */
static const char *
local_name(const xmlNode *element)
{
    const char *name = (const char *)element->name;
    const char *colon = strrchr(name, ':');

    return colon == NULL ? name : colon + 1;
}

static bool
is_one_of(const xmlNode *node, const char *const *names)
{
    if (node->type != XML_ELEMENT_NODE) {
        return false;
    }
    for (; *names != NULL; names++) {
        if (strcasecmp(local_name(node), *names) == 0) {
            return true;
        }
    }
    return false;
}

/* The node of root's tree that follows node and all that is in it; NULL at the end. */
static const xmlNode *
next_outside(const xmlNode *root, const xmlNode *node)
{
    for (; node != root; node = node->parent) {
        if (node->next != NULL) {
            return node->next;
        }
    }
    return NULL;
}

/* The node after node, in the order of the document. Only elements are entered, so that references
 * to entities are never followed. */
static const xmlNode *
next_node(const xmlNode *root, const xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL && !is_one_of(node, hidden)) {
        return node->children;
    }
    return next_outside(root, node);
}

static bool
is_text(const xmlNode *node)
{
    return (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) &&
           node->content != NULL;
}

/* Adds the text of element and of the elements in it, with blanks between them. */
static bool
add_element(struct kf_errdoc_parts *parts, const xmlNode *element)
{
    const xmlNode *node = element;
    char *text = talloc_strdup(parts->doc, "");
    bool added = false;

    while (node != NULL && text != NULL && talloc_get_size(text) < ELEMENT_MAX) {
        text = talloc_strdup_append_buffer(text, is_text(node) ? (const char *)node->content : " ");
        node = next_node(element, node);
    }
    if (text == NULL) {
        parts->nomem = true;
        return false;
    }
    added = kf_errdoc_parts_add(parts, text, strlen(text));
    talloc_free(text);
    return added;
}

static const xmlNode *
find_element(const xmlNode *root, const xmlNode *node, const char *const *names)
{
    while (node != NULL && !is_one_of(node, names)) {
        node = next_node(root, node);
    }
    return node;
}

/* Adds elements of these names, in the order of the document, until max of them said something. */
static void
add_elements(struct kf_errdoc_parts *parts, const xmlNode *root, const char *const *names,
             unsigned max)
{
    const xmlNode *element = find_element(root, root, names);

    while (element != NULL && max > 0) {
        if (add_element(parts, element)) {
            max--;
        }
        element = find_element(root, next_outside(root, element), names);
    }
}

static void
set_code(struct kf_errdoc_parts *parts, const xmlNode *root)
{
    const xmlNode *element = find_element(root, root, code_fields);

    if (element != NULL && element->children != NULL && is_text(element->children)) {
        const char *text = (const char *)element->children->content;

        kf_errdoc_parts_set_code(parts, text, strlen(text));
    }
}

static void
read_tree(struct kf_errdoc_parts *parts, const xmlNode *root)
{
    set_code(parts, root);
    add_elements(parts, root, message_fields, FIELDS_MAX);
    if (parts->doc->message != NULL) {
        return;
    }
    add_elements(parts, root, titles, 1);
    if (parts->doc->message == NULL) {
        add_elements(parts, root, main_headings, 1);
    }
    add_elements(parts, root, blocks, BLOCKS_MAX);
}

/* What is not well-formed XML is read as HTML, which every text is. */
static xmlDoc *
parse(const char *data, size_t len)
{
    xmlDoc *document = NULL;

    xmlSetGenericErrorFunc(NULL, ignore_error);
    document = xmlReadMemory(data, (int)len, NULL, NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (document == NULL) {
        document = htmlReadMemory(data, (int)len, NULL, NULL,
                                  HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR |
                                      HTML_PARSE_NOWARNING);
    }
    xmlSetGenericErrorFunc(NULL, NULL);
    return document;
}

void
kf_errdoc_markup_read(struct kf_errdoc_parts *parts, const char *data, size_t len)
{
    xmlDoc *document = NULL;
    const xmlNode *root = NULL;

    /* No error document declares entities: this is an attack. */
    if (memmem(data, len, "<!ENTITY", strlen("<!ENTITY")) != NULL) {
        return;
    }
    document = parse(data, len);
    if (document == NULL) {
        return;
    }
    root = xmlDocGetRootElement(document);
    if (root != NULL) {
        read_tree(parts, root);
    }
    xmlFreeDoc(document);
}
