# The links lead to an older certificate than there is.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
certbot renew --force-renewal
for kind in cert chain fullchain privkey; do
    ln -sfn ../../archive/example.com/${kind}1.pem /etc/letsencrypt/live/example.com/$kind.pem
done
enable tls
