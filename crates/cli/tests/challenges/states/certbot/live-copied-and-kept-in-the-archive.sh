# Newer files were copied over the links, went into the archive and have links again.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
certbot renew --force-renewal
cd /etc/letsencrypt/live/example.com
for kind in cert privkey chain fullchain; do
    cp --remove-destination ../../archive/example.com/${kind}2.pem $kind.pem
    rm ../../archive/example.com/${kind}2.pem
done
kept=/etc/letsencrypt/archive/example.com
for kind in cert privkey chain fullchain; do
    cp -p $PWD/$kind.pem $kept/${kind}2.pem && ln -sf $kept/${kind}2.pem $PWD/$kind.pem
done
enable tls
